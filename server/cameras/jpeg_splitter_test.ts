import assert from "node:assert/strict";
import fc from "fast-check";
import { encode } from "jpeg-js";
import { JpegSplitter, MAX_JPEG_BYTES } from "./jpeg_splitter.ts";

/** A picture of noise: bytes that look like markers are in it. */
function jpegOf(seed: number): Uint8Array {
  const data = new Uint8Array(16 * 16 * 4).map((_, at) => (at * 7919 * (seed + 1)) >> 3);
  return new Uint8Array(encode({ data, width: 16, height: 16 }, 90).data);
}

Deno.test("JpegSplitter takes pictures apart, however the stream is cut", () => {
  const pictures = [0, 1, 2, 3].map(jpegOf);
  fc.assert(fc.property(
    fc.array(fc.nat(3), { maxLength: 4 }),
    fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1 }),
    (order, sizes) => {
      const sent = order.map((n) => pictures[n]!);
      const bytes = Uint8Array.from(sent.flatMap((jpeg) => [...jpeg]));
      const splitter = new JpegSplitter();
      const got: Uint8Array[] = [];
      let piece = 0;
      for (let at = 0; at < bytes.length;) {
        const size = sizes[piece++ % sizes.length]!;
        got.push(...splitter.push(bytes.slice(at, at + size)));
        at += size;
      }
      assert.deepEqual(got, sent);
    },
  ));
});

Deno.test("JpegSplitter refuses what are no JPEGs, and one without an end", () => {
  assert.throws(() => new JpegSplitter().push(Uint8Array.of(1, 2, 3)), RangeError);
  const splitter = new JpegSplitter();
  const endless = jpegOf(0).slice(0, -2);
  splitter.push(endless);
  assert.throws(() => {
    for (let n = 0; n < MAX_JPEG_BYTES / 1e5 + 1; n++) splitter.push(new Uint8Array(1e5));
  }, RangeError);
});
