import assert from "node:assert/strict";
import { clipFrame, type ClipSpec, drawClipFrame, frameCount, legOf, writeClip } from "./clip.ts";
import { readFrameCode } from "../server/protocol/frame_code.ts";
import type { GreyPicture } from "./picture.ts";

const picture: GreyPicture = {
  widthPx: 64,
  heightPx: 48,
  pixels: new Uint8Array(64 * 48).fill(230),
};
const SPEC: ClipSpec = {
  widthPx: 320,
  heightPx: 240,
  fps: 10,
  durationS: 2,
  picture,
  objectXyxy: { xmin: 0.25, ymin: 0, xmax: 0.75, ymax: 1 },
  movement: { kind: "sway", xPx: 60, yPx: 20 },
};

const codeOf = (frame: GreyPicture) =>
  readFrameCode((x, y) =>
    frame.pixels[Math.floor(y * frame.widthPx) * frame.widthPx + Math.floor(x * frame.widthPx)] ?? 0
  );

Deno.test("clipFrame() starts in the middle, moves, and ends where it starts", () => {
  const start = clipFrame(SPEC, 0);
  assert.deepEqual([start.leftPx, start.topPx], [128, 96]);
  assert.deepEqual(start.objectXyxy, {
    xmin: 144 / 320,
    ymin: 96 / 240,
    xmax: 176 / 320,
    ymax: 144 / 240,
  });
  assert.equal(Math.round(clipFrame(SPEC, 5).leftPx), 128 + 60);
  assert.equal(Math.round(clipFrame(SPEC, frameCount(SPEC)).leftPx), 128);
});

Deno.test("clipFrame() shuttles at one speed, there and back, and closes", () => {
  const spec: ClipSpec = {
    ...SPEC,
    fps: 20,
    durationS: 4,
    movement: { kind: "shuttle", travelPx: 120, rounds: 2 },
  };
  const lefts = Array.from({ length: 81 }, (_, index) => clipFrame(spec, index).leftPx);
  assert.deepEqual([lefts[0], lefts[10], lefts[20], lefts[30]], [128, 188, 128, 68]);
  assert.equal(lefts[80], lefts[0]);
  const steps = lefts.slice(1).map((left, index) => Math.abs(left - lefts[index]!));
  assert.ok(steps.every((step) => Math.abs(step - 120 / 20) < 1e-9), steps.join());
  assert.deepEqual([0, 9, 10, 11, 30, 79, 80].map((at) => legOf(spec, at)), [
    { index: 0, sinceMs: 500 },
    { index: 0, sinceMs: 950 },
    { index: 1, sinceMs: 0 },
    { index: 1, sinceMs: 50 },
    { index: 2, sinceMs: 0 },
    { index: 0, sinceMs: 450 },
    { index: 0, sinceMs: 500 },
  ]);
});

Deno.test("drawClipFrame() puts the picture where clipFrame() says", () => {
  const { pixels } = drawClipFrame(SPEC, 0);
  const bright: number[] = [];
  // The code at the top is also bright; the picture is below it.
  for (let at = 320 * 20; at < pixels.length; at++) if (pixels[at] === 230) bright.push(at);
  assert.deepEqual([bright[0], bright.at(-1)], [96 * 320 + 128, 143 * 320 + 191]);
});

Deno.test("every frame's number can be read from its pixels, and noise reads as none", () => {
  for (let index = 0; index < frameCount(SPEC); index++) {
    assert.equal(codeOf(drawClipFrame(SPEC, index)), index);
  }
  const plain = new Uint8Array(320 * 240);
  for (const grey of [0, 114, 255]) {
    assert.equal(codeOf({ widthPx: 320, heightPx: 240, pixels: plain.fill(grey) }), undefined);
  }
});

Deno.test("writeClip() writes whole YUV4MPEG2 frames without colour", async () => {
  const path = await Deno.makeTempFile({ suffix: ".y4m" });
  try {
    await writeClip(path, SPEC);
    const bytes = await Deno.readFile(path);
    const header = "YUV4MPEG2 W320 H240 F10:1 Ip A1:1 C420\n";
    assert.equal(new TextDecoder().decode(bytes.subarray(0, header.length)), header);
    const frameBytes = "FRAME\n".length + 320 * 240 * 3 / 2;
    assert.equal(bytes.length, header.length + frameCount(SPEC) * frameBytes);
    assert(bytes.subarray(-320 * 240 / 2).every((value) => value === 128));
  } finally {
    await Deno.remove(path);
  }
});

Deno.test("writeClip() writes the picture's colours where the picture is, and none on the code", async () => {
  const plane = (value: number): GreyPicture => ({
    widthPx: 200,
    heightPx: 200,
    pixels: new Uint8Array(200 * 200).fill(value),
  });
  const chroma = { cb: plane(84), cr: plane(201) };
  const path = await Deno.makeTempFile({ suffix: ".y4m" });
  try {
    const still: ClipSpec = { widthPx: 320, heightPx: 240, fps: 1, durationS: 1 };
    await writeClip(path, { ...still, picture: plane(97), chroma });
    const bytes = await Deno.readFile(path);
    const planePx = 160 * 120;
    const at = (plane: Uint8Array, x: number, y: number) => plane[y / 2 * 160 + x / 2];
    const cb = bytes.subarray(-2 * planePx, -planePx);
    const cr = bytes.subarray(-planePx);
    // The picture is 60 to 260 from the left and 20 to 220 from the top; limited range.
    assert.deepEqual([at(cb, 160, 120), at(cr, 160, 120)], [89, 192]);
    assert.deepEqual([at(cb, 60, 20), at(cr, 258, 218)], [89, 192]);
    assert.deepEqual([at(cb, 56, 120), at(cr, 262, 120), at(cr, 160, 16)], [128, 128, 128]);
    const larger = { picture: plane(97), chroma, widthPx: 160, heightPx: 120 };
    await writeClip(path, { ...still, ...larger });
    const wide = (await Deno.readFile(path)).subarray(-80 * 60);
    // 16 blocks of 4 px.
    assert.deepEqual([wide[0], wide[80 + 31], wide[32], wide[80 * 2]], [128, 128, 192, 192]);
  } finally {
    await Deno.remove(path);
  }
});
