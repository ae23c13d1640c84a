import assert from "node:assert/strict";
import * as fc from "fast-check";
import {
  decodeRelayFrame,
  encodeRelayFrame,
  framesAfter,
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
