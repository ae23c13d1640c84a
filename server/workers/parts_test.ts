import assert from "node:assert/strict";
import fc from "fast-check";
import { decodePart, encodePart, type Part, PartReader, roomInPart } from "./parts.ts";

function cut(message: Uint8Array, size: number, count: number, session = 7): Part[] {
  const starts = Array.from(
    { length: Math.max(1, Math.ceil(message.length / size)) },
    (_, n) => n * size,
  );
  return starts.map((at, index) => ({
    session,
    count: count + index,
    begins: at === 0,
    ends: at + size >= message.length,
    isOver: false,
    bytes: message.subarray(at, at + size),
  }));
}

Deno.test("parts of any messages come together again, through the wire and back", () => {
  const messages = fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 10 });
  fc.assert(fc.property(messages, fc.integer({ min: 1, max: 64 }), (all, size) => {
    const reader = new PartReader(200);
    const out: number[][] = [];
    let count = 0;
    for (const message of all) {
      for (const part of cut(message, size, count)) {
        const read = decodePart(encodePart(part))!;
        assert.deepEqual({ ...read, bytes: [...read.bytes] }, { ...part, bytes: [...part.bytes] });
        count += 1;
        const whole = reader.push(read);
        if (whole !== null) out.push([...whole]);
      }
    }
    assert.deepEqual(out, all.map((message) => [...message]));
  }));
});

Deno.test("PartReader notices each part that is missing or comes twice", () => {
  const parts = [...cut(new Uint8Array(10), 4, 0), ...cut(new Uint8Array(3), 4, 3)];
  for (let missing = 0; missing < parts.length - 1; missing++) {
    const reader = new PartReader(100);
    assert.throws(() => {
      parts.forEach((part, index) => index === missing ? null : reader.push(part));
    }, RangeError);
  }
  const reader = new PartReader(100);
  reader.push(parts[0]!);
  assert.throws(() => reader.push(parts[0]!), RangeError);
});

Deno.test("PartReader gives up what its sender gave up, and holds no more than a message", () => {
  const reader = new PartReader(10);
  assert.equal(reader.push(cut(new Uint8Array(10), 4, 0)[0]!), null);
  assert.deepEqual(reader.push(cut(Uint8Array.of(1), 4, 1)[0]!), Uint8Array.of(1));
  const long = cut(new Uint8Array(30), 4, 2);
  assert.throws(() => long.forEach((part) => reader.push(part)), /too long/);
});

Deno.test("decodePart() takes nothing that is no part of this version", () => {
  assert.equal(decodePart(new Uint8Array(15)), null);
  assert.equal(decodePart(new Uint8Array(16).fill(9)), null);
  assert.ok(roomInPart(1024 * 1024) < 256 * 1024 && roomInPart(1_000) < 1_000);
});
