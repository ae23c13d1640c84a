import assert from "node:assert/strict";
import { CODE_NUMBERS, readFrameCode } from "../protocol/frame_code.ts";
import { type AccessUnit, Encoder } from "./encoder.ts";
import { h264Level } from "./ffmpeg_args.ts";
import { FrameNames } from "./frame_names.ts";
import { Scene, SCENE_FORMAT } from "./scene.ts";
import { until } from "../testing/until.ts";

const { widthPx, heightPx } = SCENE_FORMAT;

/** What ffmpeg makes of units: a grey picture of each. */
async function decoded(units: readonly AccessUnit[]): Promise<Uint8Array[]> {
  const process = new Deno.Command("ffmpeg", {
    args: [
      ...["-hide_banner", "-loglevel", "error", "-f", "h264", "-i", "pipe:0"],
      ...["-fps_mode", "passthrough", "-pix_fmt", "gray", "-f", "rawvideo", "pipe:1"],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const output = process.output();
  const writer = process.stdin.getWriter();
  for (const { nals } of units) await writer.write(annexB(nals));
  await writer.close();
  const { stdout } = await output;
  const bytes = widthPx * heightPx;
  return Array.from(
    { length: stdout.length / bytes },
    (_, n) => stdout.subarray(n * bytes, (n + 1) * bytes),
  );
}

/** Start codes in place of lengths. */
function annexB(nals: Uint8Array): Uint8Array {
  const bytes = nals.slice();
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length;) {
    const length = view.getUint32(at);
    view.setUint32(at, 1);
    at += 4 + length;
  }
  return bytes;
}

Deno.test("Encoder gives each frame's unit the name of that very frame", async () => {
  const scene = new Scene(null);
  const names = new FrameNames();
  const units: AccessUnit[] = [];
  let ended: readonly string[] | null = null;
  const encoder = new Encoder("ffmpeg", SCENE_FORMAT, {
    onUnit: (unit) => void units.push(unit),
    onEnd: (lines) => ended = lines,
    onLine() {},
  });
  let timeMs = 1_700_000_000_000;
  let taken = 0;
  const give = () => {
    timeMs += 33 + (taken % 7);
    taken += encoder.encode(scene.draw(timeMs).i420, names.next(timeMs)) ? 1 : 0;
  };
  // More at once than it takes: only the newest of those that wait is encoded.
  for (let n = 0; n < 5; n++) give();
  await until(() => units.length >= 1, "a unit");
  for (let n = 0; n < 60; n++) {
    const before = units.length;
    give();
    await until(() => units.length > before, "a unit");
  }
  encoder.close();
  assert.equal(ended, null);
  assert.ok(units[0]!.isKey);
  assert.ok(units.filter(({ isKey }) => isKey).length >= 2, "a key frame a second");
  const pictures = await decoded(units);
  assert.equal(pictures.length, units.length);
  for (const [at, picture] of pictures.entries()) {
    const grey = (x: number, y: number) =>
      picture[Math.floor(y * widthPx) * widthPx + Math.floor(x * widthPx)]!;
    const { index, captureTimeMs } = units[at]!;
    assert.equal(readFrameCode(grey, 0), index);
    assert.equal(readFrameCode(grey, 1), captureTimeMs % CODE_NUMBERS);
  }
});

Deno.test("h264Level() is one that a picture of that size keeps to", () => {
  const levels = [[640, 480], [1280, 720], [1280, 960], [1280, 1280]].map(([widthPx, heightPx]) =>
    h264Level({ widthPx: widthPx!, heightPx: heightPx! })
  );
  assert.deepEqual(levels, ["3.1", "3.1", "4.0", "4.0"]);
});
