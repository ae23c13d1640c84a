import assert from "node:assert/strict";
import fc from "fast-check";
import { videoCodecOf } from "./video_codec.ts";

const assets = Deno.env.get("PEERLENS_ASSETS");

function box(type: string, ...content: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const length = content.reduce((sum, { length }) => sum + length, 8);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, length);
  bytes.set(new TextEncoder().encode(type), 4);
  let at = 8;
  for (const part of content) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const stsd = (format: string) => box("stsd", new Uint8Array(8), box(format, new Uint8Array(70)));
const track = (format: string) =>
  box("trak", box("tkhd", new Uint8Array(84)), box("mdia", box("minf", box("stbl", stsd(format)))));
const movie = (...formats: readonly string[]) =>
  new Blob([
    box("ftyp", new Uint8Array(12)),
    box("mdat", new Uint8Array(999)),
    box("moov", box("mvhd", new Uint8Array(100)), ...formats.map(track)),
  ]);

Deno.test("videoCodecOf() names the picture's coding, whichever track it is", async () => {
  assert.equal(await videoCodecOf(movie("mp4a", "hvc1")), "HEVC (H.265)");
  assert.equal(await videoCodecOf(movie("avc1", "mp4a")), "H.264");
  assert.equal(await videoCodecOf(movie("mp4a")), null);
  assert.equal(await videoCodecOf(new Blob([])), null);
  assert.equal(await videoCodecOf(new Blob(["RIFF and so on, no boxes at all"])), null);
});

Deno.test("videoCodecOf() names what Matroska and WebM hold", async () => {
  const matroska = (id: string) =>
    new Blob([new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, 0x80, 0x86, id.length]), id]);
  assert.equal(await videoCodecOf(matroska("V_MPEGH/ISO/HEVC")), "HEVC (H.265)");
  assert.equal(await videoCodecOf(matroska("V_VP8")), "VP8");
  assert.equal(await videoCodecOf(matroska("A_OPUS")), null);
});

Deno.test("videoCodecOf() takes any bytes", async () => {
  const good = new Uint8Array(await movie("hvc1").arrayBuffer());
  const change = fc.record({ at: fc.nat(good.length - 1), value: fc.nat(255) });
  await fc.assert(fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
    const bytes = good.slice();
    for (const { at, value } of changes) bytes[at] = value;
    const name = await videoCodecOf(new Blob([bytes]));
    assert.ok(name === null || name.length > 0);
  }));
});

Deno.test({
  name: "videoCodecOf() knows an iPhone's video",
  ignore: assets === undefined,
  fn: async () => {
    const bytes = await Deno.readFile(`${assets}/../inputs/hevc-aac.mov`);
    assert.equal(await videoCodecOf(new Blob([bytes])), "HEVC (H.265)");
  },
});
