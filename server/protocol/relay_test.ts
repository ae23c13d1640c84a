import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  decodeRelayFrame,
  EMPTY_RECORD,
  encodeRecord,
  encodeRelayFrame,
  framesAfter,
  RecordReader,
  RELAY_FRAME_ERROR_CODES,
  RELAY_FRAME_HEADER_BYTES,
} from "./mod.ts";

const FRAME = {
  frameId: 0x01020304,
  widthPx: 640,
  heightPx: 480,
  captureTimeMs: 1_690_000_000_000.5,
  jpeg: new Uint8Array([0xff, 0xd8, 0xff]),
};

Deno.test("encodeRelayFrame() writes the bytes that the README says", () => {
  assert.deepEqual([...encodeRelayFrame(FRAME)], [
    ...[1, 0], // version
    ...[0x80, 0x02, 0xe0, 0x01], // 640, 480
    ...[0, 0],
    ...[4, 3, 2, 1], // frame id
    ...[3, 0, 0, 0], // bytes of the JPEG
    ...new Uint8Array(new Float64Array([1_690_000_000_000.5]).buffer),
    ...[0xff, 0xd8, 0xff],
  ]);
  assert.equal(encodeRelayFrame(FRAME).length, RELAY_FRAME_HEADER_BYTES + 3);
});

Deno.test("decodeRelayFrame() reads what encodeRelayFrame() wrote", () => {
  fc.assert(fc.property(
    fc.record({
      frameId: fc.nat(2 ** 32 - 1),
      widthPx: fc.integer({ min: 1, max: 640 }),
      heightPx: fc.integer({ min: 1, max: 640 }),
      captureTimeMs: fc.double({ min: 0, max: 1e13, noNaN: true }),
      jpeg: fc.uint8Array({ minLength: 1, maxLength: 50 }),
    }),
    (frame) => {
      const own = { ...frame, jpeg: new Uint8Array(frame.jpeg) };
      assert.deepEqual(decodeRelayFrame(encodeRelayFrame(own)), own);
    },
  ));
});

Deno.test("decodeRelayFrame() refuses by name what is no frame, whatever the bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
    const frame = decodeRelayFrame(new Uint8Array(bytes));
    if (typeof frame === "string") assert.ok(RELAY_FRAME_ERROR_CODES.includes(frame));
    else assert.ok(frame.widthPx > 0 && frame.widthPx <= 640 && frame.jpeg.length > 0);
  }));
  const refused = (change: object) => decodeRelayFrame(encodeRelayFrame({ ...FRAME, ...change }));
  assert.equal(refused({ widthPx: 641 }), "bad-size");
  assert.equal(refused({ heightPx: 0 }), "bad-size");
  assert.equal(refused({ captureTimeMs: NaN }), "bad-time");
  assert.equal(refused({ captureTimeMs: -1 }), "bad-time");
  assert.equal(refused({ captureTimeMs: 1e18 }), "bad-time");
  assert.equal(refused({ jpeg: new Uint8Array(600_000) }), "too-large");
  assert.equal(refused({ jpeg: new Uint8Array(0) }), "too-short");
  const other = encodeRelayFrame(FRAME);
  other[0] = 2;
  assert.equal(decodeRelayFrame(other), "bad-version");
  assert.equal(decodeRelayFrame(encodeRelayFrame(FRAME).slice(0, -1)), "bad-length");
});

Deno.test("framesAfter() counts across the wrap", () => {
  assert.equal(framesAfter(1, 0xffff_ffff), 2);
  assert.equal(framesAfter(0xffff_ffff, 1), -2);
  assert.equal(framesAfter(5, 5), 0);
});

Deno.test("RecordReader gives back the messages in order, in whatever pieces they come", () => {
  const message = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.uint8Array({ maxLength: 20 }),
  );
  fc.assert(
    fc.property(
      fc.array(message, { maxLength: 8 }),
      fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 20 }),
      (messages, sizes) => {
        // What UTF-8 cannot carry comes out as it would from any text: replaced.
        const own = messages.map((each) =>
          typeof each === "string" ? each.toWellFormed() : new Uint8Array(each)
        );
        const bytes = new Uint8Array(
          own.flatMap((each) => [...encodeRecord(each), ...EMPTY_RECORD]),
        );
        const read: (string | Uint8Array)[] = [];
        const reader = new RecordReader((each) => read.push(each));
        let start = 0;
        for (let at = 0; start < bytes.length; at++) {
          const end = start + sizes[at % sizes.length]!;
          reader.push(bytes.subarray(start, end));
          start = end;
        }
        assert.deepEqual(read, own);
        assert.equal(reader.isWithin, false);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("RecordReader refuses other kinds and longer records", () => {
  const reader = () => new RecordReader(() => {});
  assert.throws(() => reader().push(new Uint8Array([3, 0, 0, 0, 0])), RangeError);
  assert.throws(() => reader().push(new Uint8Array([0, 1, 0, 0, 0])), RangeError);
  assert.throws(() => reader().push(new Uint8Array([2, 255, 255, 255, 0])), RangeError);
  const begun = reader();
  begun.push(new Uint8Array([1, 2, 0, 0, 0, 65]));
  assert.equal(begun.isWithin, true);
});
