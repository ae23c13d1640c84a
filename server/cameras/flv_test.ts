import assert from "node:assert/strict";
import fc from "fast-check";
import { type FlvItem, FlvParser, MAX_TAG_BYTES } from "./flv.ts";

const HEADER = [0x46, 0x4c, 0x56, 1, 1, 0, 0, 0, 9, 0, 0, 0, 0];

function tag(type: number, timestampMs: number, body: readonly number[]): number[] {
  const u24 = (value: number) => [(value >> 16) & 255, (value >> 8) & 255, value & 255];
  const length = body.length + 11;
  return [
    ...[type, ...u24(body.length), ...u24(timestampMs), (timestampMs >>> 24) & 255, 0, 0, 0],
    ...body,
    ...[length >>> 24, ...u24(length)],
  ];
}

const SPS = [0x67, 0x42, 0xc0, 0x1f, 1];
const PPS = [0x68, 0xce, 2];
const CONFIG = tag(9, 0, [
  ...[0x17, 0, 0, 0, 0],
  ...[1, 0x42, 0xc0, 0x1f, 0xff, 0xe1, 0, SPS.length, ...SPS, 1, 0, PPS.length, ...PPS],
]);
const unit = (ptsMs: number, isKey: boolean, nals: readonly number[]) =>
  tag(9, ptsMs, [isKey ? 0x17 : 0x27, 1, 0, 0, 0, ...nals]);

/** What comes out, copied, since a parser's memory is its own. */
function read(parser: FlvParser, bytes: readonly number[]): FlvItem[] {
  return structuredClone(parser.push(Uint8Array.from(bytes)));
}

Deno.test("FlvParser gives out the same, however the stream is cut", () => {
  fc.assert(fc.property(
    fc.array(fc.record({
      ptsMs: fc.nat(2 ** 31),
      isKey: fc.boolean(),
      nals: fc.array(fc.nat(255), { maxLength: 40 }),
      isAudio: fc.boolean(),
    })),
    fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
    (units, sizes) => {
      const bytes = [...HEADER, ...tag(18, 0, [2, 0, 1, 97]), ...CONFIG];
      for (const { ptsMs, isKey, nals, isAudio } of units) {
        bytes.push(...isAudio ? tag(8, ptsMs, nals) : unit(ptsMs, isKey, nals));
      }
      const parser = new FlvParser();
      const items: FlvItem[] = [];
      let piece = 0;
      for (let at = 0; at < bytes.length;) {
        const size = sizes[piece++ % sizes.length]!;
        items.push(...read(parser, bytes.slice(at, at + size)));
        at += size;
      }
      assert.deepEqual(items, [
        { kind: "config", sps: Uint8Array.from(SPS), pps: Uint8Array.from(PPS) },
        ...units.filter(({ isAudio }) => !isAudio).map(({ ptsMs, isKey, nals }) => (
          { kind: "unit", ptsMs, isKey, nals: Uint8Array.from(nals) }
        )),
      ]);
    },
  ));
});

Deno.test("FlvParser gives out a unit with its last byte, not with the next tag", () => {
  const parser = new FlvParser();
  read(parser, [...HEADER, ...CONFIG]);
  const bytes = unit(33, false, [0, 0, 0, 1, 9]);
  assert.deepEqual(read(parser, bytes.slice(0, -5)), []);
  assert.equal(read(parser, bytes.slice(-5, -4)).length, 1);
  assert.deepEqual(read(parser, bytes.slice(-4)), []);
  assert.equal(read(parser, unit(66, false, [0, 0, 0, 1, 9])).length, 1);
});

Deno.test("FlvParser refuses what is no FLV with H.264", () => {
  const refused = (bytes: readonly number[]) =>
    assert.throws(() => read(new FlvParser(), bytes), RangeError);
  refused([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  refused([...HEADER, ...tag(9, 0, [0x12, 1, 0, 0, 0])]);
  refused([...HEADER, ...tag(9, 0, [0x17, 0, 0, 0, 0, 1, 2])]);
  refused([...HEADER, 9, (MAX_TAG_BYTES >> 16) + 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
});
