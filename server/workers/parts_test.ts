import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodePart,
  encodePart,
  nextEssential,
  type Part,
  PartReader,
  roomInPart,
} from "./parts.ts";

interface Sent {
  readonly bytes: Uint8Array;
  readonly isEssential: boolean;
}

/** The parts of messages, as a session sends them. */
function partsOf(messages: readonly Sent[], size: number): Part[][] {
  let count = 0;
  let essentials = 0;
  return messages.map(({ bytes, isEssential }) => {
    const parts: Part[] = [];
    for (let at = 0; at < bytes.length; at += size) {
      parts.push({
        session: 7,
        count: count++,
        essentials,
        begins: at === 0,
        ends: at + size >= bytes.length,
        isEssential,
        isOver: false,
        bytes: bytes.subarray(at, at + size),
      });
    }
    if (isEssential) essentials = nextEssential(essentials);
    return parts;
  });
}

const someMessages = fc.array(
  fc.record({ bytes: fc.uint8Array({ minLength: 1, maxLength: 200 }), isEssential: fc.boolean() }),
  { minLength: 1, maxLength: 12 },
);
const someSize = fc.integer({ min: 1, max: 64 });

Deno.test("parts of any messages come together again, through the wire and back", () => {
  fc.assert(fc.property(someMessages, someSize, (messages, size) => {
    const reader = new PartReader(200);
    const out: number[][] = [];
    for (const part of partsOf(messages, size).flat()) {
      const read = decodePart(encodePart(part))!;
      assert.deepEqual({ ...read, bytes: [...read.bytes] }, { ...part, bytes: [...part.bytes] });
      const whole = reader.push(read);
      if (whole !== null) out.push([...whole]);
    }
    assert.deepEqual(out, messages.map(({ bytes }) => [...bytes]));
  }));
});

Deno.test("PartReader lives with lost frames, and notices every other loss", () => {
  const lost = fc.array(fc.nat(400), { minLength: 1, maxLength: 6 });
  fc.assert(fc.property(someMessages, someSize, lost, (messages, size, losses) => {
    // The last one comes, so that what was lost before it can be noticed.
    const all = partsOf([...messages, { bytes: Uint8Array.of(1), isEssential: true }], size);
    const flat = all.flat();
    const missing = new Set(losses.map((at) => at % (flat.length - 1)));
    const isWhole = all.map((parts) => parts.every((part) => !missing.has(flat.indexOf(part))));
    const lostEssential = messages.some(({ isEssential }, n) => isEssential && !isWhole[n]);
    const reader = new PartReader(200);
    const out: Uint8Array[] = [];
    const read = () =>
      flat.forEach((part, at) => {
        const whole = missing.has(at) ? null : reader.push(part);
        if (whole !== null) out.push(whole);
      });
    if (lostEssential) return assert.throws(read, RangeError);
    read();
    const expected = messages.filter((_, n) => isWhole[n]).map(({ bytes }) => [...bytes]);
    assert.deepEqual(out.map((bytes) => [...bytes]), [...expected, [1]]);
  }));
});

Deno.test("PartReader notices a loss by the next sign of life, and holds no more than a message", () => {
  const [[essential], [next]] = partsOf([
    { bytes: Uint8Array.of(1), isEssential: true },
    { bytes: Uint8Array.of(2), isEssential: false },
  ], 4) as [Part[], Part[]];
  const life = { ...next!, bytes: new Uint8Array(0) };
  const reader = new PartReader(10);
  assert.throws(() => reader.push(life), RangeError);
  const whole = new PartReader(10);
  assert.deepEqual(whole.push(essential!), Uint8Array.of(1));
  assert.equal(whole.push(life), null);
  const [long] = partsOf([{ bytes: new Uint8Array(30), isEssential: false }], 4);
  assert.throws(() => long!.forEach((part) => new PartReader(3).push(part)), /too long/);
});

Deno.test("decodePart() takes nothing that is no part of this version", () => {
  assert.equal(decodePart(new Uint8Array(15)), null);
  assert.equal(decodePart(new Uint8Array(16).fill(9)), null);
  assert.ok(roomInPart(1024 * 1024) < 256 * 1024 && roomInPart(1_000) < 1_000);
});
