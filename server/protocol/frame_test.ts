import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeChunk,
  encodeChunk,
  encodeFrame,
  FRAME_HEADER_BYTES,
  FRAME_VERSION,
  type FrameChunk,
  FrameError,
  type FrameErrorCode,
  MAX_JPEG_BYTES,
} from "./frame.ts";

const CHUNK: FrameChunk = {
  chunkIndex: 1,
  chunkCount: 3,
  widthPx: 416,
  heightPx: 0x0102,
  frameId: 0x0a0b0c0d,
  jpegBytes: 0x011234,
  offsetBytes: 0x0200,
  captureTimeMs: 1_690_000_000_000.5,
  captureClock: "phone",
  source: 0x0203,
  ageMs: 33,
  payload: new Uint8Array([0xff, 0xd8]),
};

Deno.test("encodeChunk() lays every field out at its documented place", () => {
  // deno-fmt-ignore
  assert.deepEqual([...encodeChunk(CHUNK)], [
    2, 2,                                           // version, capture clock
    1, 0, 3, 0,                                     // chunk 1 of 3
    0xa0, 0x01, 0x02, 0x01, 0x03, 0x02,             // 416 × 258, source
    0x0d, 0x0c, 0x0b, 0x0a,                         // frame id
    0x34, 0x12, 0x01, 0x00, 0x00, 0x02, 0x00, 0x00, // JPEG bytes, offset
    0x00, 0x08, 0x40, 0x98, 0xbd, 0x97, 0x78, 0x42, // capture time, f64
    33, 0, 0, 0,                                    // age
    0xff, 0xd8,
  ]);
});

Deno.test("decodeChunk() gives back what was encoded, also without a capture time", () => {
  for (const captureClock of ["captureTime", "phone", "receiveTime", null] as const) {
    const chunk = { ...CHUNK, captureClock };
    assert.deepEqual(decodeChunk(encodeChunk(chunk)), chunk);
  }
  const timeless = { ...CHUNK, captureTimeMs: null, captureClock: null };
  assert.deepEqual(decodeChunk(encodeChunk(timeless)), timeless);
});

Deno.test("decodeChunk() names what is wrong", () => {
  const refused = (change: Partial<FrameChunk>): FrameErrorCode => {
    try {
      decodeChunk(encodeChunk({ ...CHUNK, ...change }));
    } catch (error) {
      if (error instanceof FrameError) return error.code;
    }
    throw new Error(`accepted ${JSON.stringify(change)}`);
  };
  assert.equal(refused({ payload: new Uint8Array() }), "too-short");
  assert.equal(refused({ chunkIndex: 3 }), "bad-chunk");
  assert.equal(refused({ chunkCount: 0 }), "bad-chunk");
  assert.equal(refused({ chunkCount: 5000 }), "bad-chunk");
  assert.equal(refused({ offsetBytes: CHUNK.jpegBytes - 1 }), "bad-chunk");
  assert.equal(refused({ chunkIndex: 0, chunkCount: 1 }), "bad-chunk");
  assert.equal(refused({ widthPx: 0 }), "bad-size");
  assert.equal(refused({ heightPx: 65535 }), "bad-size");
  assert.equal(refused({ jpegBytes: MAX_JPEG_BYTES + 1 }), "too-large");
  assert.equal(refused({ captureTimeMs: -1 }), "bad-time");
  assert.equal(refused({ captureTimeMs: Infinity }), "bad-time");
  assert.equal(refused({ captureTimeMs: null }), "bad-clock");
  const refusedByte = (at: number, byte: number, code: FrameErrorCode) =>
    assert.throws(() => decodeChunk(encodeChunk(CHUNK).with(at, byte)), { code });
  refusedByte(0, 1, "bad-version");
  refusedByte(1, 4, "bad-clock");
  refusedByte(1, 128, "bad-clock");
});

Deno.test("decodeChunk() of any bytes gives a chunk within bounds or a named error", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, versioned) => {
    if (versioned && bytes.length > 0) bytes[0] = FRAME_VERSION;
    try {
      const chunk = decodeChunk(bytes);
      assert.ok(chunk.offsetBytes + chunk.payload.length <= chunk.jpegBytes);
      assert.ok(chunk.chunkIndex < chunk.chunkCount);
    } catch (error) {
      assert.ok(error instanceof FrameError);
    }
  }));
});

Deno.test("encodeFrame() cuts a frame into messages that make it whole again in any order", () => {
  fc.assert(fc.property(
    fc.uint8Array({ minLength: 1, maxLength: 4000 }),
    fc.integer({ min: FRAME_HEADER_BYTES + 20, max: 2000 }),
    (jpeg, maxMessageBytes) => {
      const { frameId, widthPx, heightPx, captureTimeMs, captureClock, ageMs } = CHUNK;
      const frame = { frameId, widthPx, heightPx, captureTimeMs, captureClock, ageMs, jpeg };
      const whole = new Uint8Array(jpeg.length);
      for (const message of encodeFrame(frame, maxMessageBytes).reverse()) {
        assert.ok(message.length <= maxMessageBytes);
        const chunk = decodeChunk(message);
        whole.set(chunk.payload, chunk.offsetBytes);
      }
      assert.deepEqual(whole, jpeg);
    },
  ));
});

Deno.test("encodeFrame() refuses what would need too many messages", () => {
  const frame = {
    frameId: 1,
    widthPx: 1,
    heightPx: 1,
    captureTimeMs: null,
    captureClock: null,
    ageMs: 0,
  };
  assert.throws(() => encodeFrame({ ...frame, jpeg: new Uint8Array(10_000) }, 50), RangeError);
  assert.throws(() => encodeFrame({ ...frame, jpeg: new Uint8Array(10) }, 36), RangeError);
});
