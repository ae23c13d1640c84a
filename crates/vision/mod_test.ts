/** The letterbox and the boundary, on wasm32: SIMD = scalar = the slow version in TypeScript. */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import {
  type FrameLayout,
  type HeadSpec,
  initVision,
  type InputSpec,
  Scaler,
  type SizePx,
  Tracker,
  Vision,
  VISION_ERROR_CODES,
  VisionError,
  type VisionErrorCode,
  type VisionSpec,
} from "./mod.ts";
import { slowLetterbox } from "./slow_vision_test_util.ts";
import { plainInput, rgbaLayout } from "./specs_test_util.ts";
import { pick, randomBytes, randomInt, randomLayout, seeded } from "./random_test_util.ts";

const PNG_START = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
/** Of a header: a picture of 5000 × 1 px. */
const WIDE = [0, 0, 0x13, 0x88, 0, 0, 0, 1, 8, 2, 0, 0, 0];

function pngChunk(type: string, data: readonly number[]): number[] {
  const body = [...new TextEncoder().encode(type), ...data];
  const word = (value: number) => [24, 16, 8, 0].map((bits) => (value >>> bits) & 0xff);
  return [...word(data.length), ...body, ...word(crc32(Uint8Array.from(body)))];
}

const YOLOV8: HeadSpec = { kind: "yolov8", classes: 3, strides: [], boxes: 84 };
const INPUT: InputSpec = { ...plainInput(64, 64), pad: 114, std: [255, 255, 255] };
const SPEC: VisionSpec = { input: INPUT, head: YOLOV8 };

/** A black RGBA frame of 8 × 8 px with its layout. */
const SMALL = rgbaLayout({ widthPx: 8, heightPx: 8 });

/** A JPEG of a start marker and a grey frame's header. */
function frameHeader(precision: number, widthPx: number, heightPx: number): number[] {
  const side = (px: number) => [px >> 8, px & 255];
  const body = [precision, ...side(heightPx), ...side(widthPx), 1, 1, 0x11, 0];
  return [0xff, 0xd8, 0xff, 0xc0, 0, body.length + 2, ...body];
}

function assertRefused(call: () => unknown, code: VisionErrorCode): void {
  assert.throws(call, (error) => {
    assert.ok(error instanceof VisionError, `${error}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}

Deno.test("Vision refuses to be made before initVision()", () => {
  assertRefused(() => new Vision(SPEC), "not-loaded");
});

Deno.test("initVision() names a file that is no module, and can be called again", async () => {
  await assert.rejects(initVision(new Uint8Array([1, 2, 3])), { code: "load-failed" });
  await initVision();
  await initVision("nowhere: the core is loaded already");
});

Deno.test("letterbox: SIMD and scalar agree bit for bit, and with the slow version", async () => {
  await initVision();
  const random = seeded(1);
  let worst = 0;
  for (let round = 0; round < 150; round++) {
    const input: InputSpec = {
      widthPx: randomInt(random, 1, 90),
      heightPx: randomInt(random, 1, 90),
      layout: pick(random, ["nchw", "nhwc"]),
      placement: pick(random, ["center", "top-left", "stretch"]),
      pad: randomInt(random, 0, 255),
      order: pick(random, ["rgb", "bgr"]),
      mean: [random() * 128, random() * 128, random() * 128],
      std: [20 + random() * 235, 20 + random() * 235, 20 + random() * 235],
    };
    const simd = new Vision({ input, head: YOLOV8 });
    const scalar = new Vision({ input, head: YOLOV8 }, { simd: false });
    // The second frame finds what the first left behind.
    for (let frame = 0; frame < 2; frame++) {
      const { layout, byteLength } = randomLayout(random, pick(random, [12, 100, 600]));
      const bytes = randomBytes(random, byteLength);
      simd.frameBuffer(byteLength).set(bytes);
      scalar.frameBuffer(byteLength).set(bytes);
      const tensor = simd.letterbox(layout).slice();
      assert.deepEqual(tensor, scalar.letterbox(layout).slice(), JSON.stringify({ input, layout }));
      const slow = slowLetterbox(input, layout, bytes);
      assert.equal(tensor.length, slow.length);
      tensor.forEach((value, i) => worst = Math.max(worst, Math.abs(value - slow[i]!)));
    }
    simd.free();
    scalar.free();
  }
  // Values reach 255/20; f32 leaves 1e-6 of that.
  assert.ok(worst < 2e-5, `differs by up to ${worst}`);
});

Deno.test("letterbox reads no further than the frame, down to one pixel", async () => {
  await initVision();
  const vision = new Vision(SPEC);
  const planes = [{ offset: 3, stride: 4 }];
  const frame = vision.frameBuffer(7);
  frame.set([1, 2, 3, 255, 0, 255, 255]);
  const tensor = vision.letterbox({ ...SMALL, planes, widthPx: 1, heightPx: 1 });
  const plane = 64 * 64;
  const colors = [tensor[0], tensor[plane - 1], tensor[plane], tensor[3 * plane - 1]];
  assert.deepEqual(colors, [1, 1, 0, 1]);
  vision.free();
});

Deno.test("memory does not grow after the largest frame, whatever the geometry", async () => {
  await initVision();
  const random = seeded(2);
  const vision = new Vision({ ...SPEC, head: { ...YOLOV8, classes: 80 } });
  vision.frameBuffer(1 << 20);
  vision.letterbox(SMALL);
  const options = { scoreThreshold: 0.3, iouThreshold: 0.45 };
  vision.detect(options);
  const memory = vision.headBuffer().buffer;
  const byteLength = memory.byteLength;
  for (let frame = 0; frame < 1000; frame++) {
    const { layout, byteLength } = randomLayout(random, 400);
    vision.frameBuffer(byteLength);
    vision.letterbox(layout);
    const head = vision.headBuffer();
    for (let i = 0; i < head.length; i += 97) head[i] = random() * 64;
    vision.detect(options);
  }
  assert.equal(vision.headBuffer().buffer, memory, "the memory was exchanged");
  assert.equal(memory.byteLength, byteLength);
  vision.free();
});

Deno.test("views lie where the core reads and writes, also after the memory has grown", async () => {
  await initVision();
  const vision = new Vision(SPEC);
  vision.frameBuffer(256).fill(255);
  const before = vision.letterbox(SMALL);
  assert.equal(before[0], 1);
  const grown = vision.frameBuffer(64 << 20);
  assert.equal(before.length, 0, "the old view is detached");
  grown.fill(0);
  assert.equal(vision.letterbox(SMALL)[0], 0);
  vision.free();
});

Deno.test("every refused argument has its code", async (t) => {
  await initVision();
  const vision = new Vision(SPEC);
  vision.frameBuffer(256);
  const layout = (change: Partial<FrameLayout>) => () => vision.letterbox({ ...SMALL, ...change });
  const input = (change: object) => () => new Vision({ ...SPEC, input: { ...INPUT, ...change } });
  const head = (change: object) => () => new Vision({ ...SPEC, head: { ...YOLOV8, ...change } });
  const detect = (change: object) => () =>
    vision.detect({ scoreThreshold: 0.5, iouThreshold: 0.5, ...change });
  const plane = (offset: number, stride: number) => ({ planes: [{ offset, stride }] });
  const scaler = new Scaler();
  scaler.frameBuffer(256);
  const scale = (change: Partial<SizePx>) => () => scaler.scale(SMALL, { ...SMALL, ...change });
  const pictureOf = (bytes: readonly number[]) => () => {
    vision.jpegBuffer(bytes.length).set(bytes);
    vision.readPicture();
  };
  const jpegOf = (bytes: readonly number[]) => () => {
    vision.jpegBuffer(bytes.length).set(bytes);
    vision.readJpeg();
  };
  const tracker = new Tracker();
  const track = (change: object) => () =>
    tracker.update([], { timeMs: 0, scoreThreshold: 0.4, ...change });
  const freed = new Vision(SPEC);
  freed.free();
  freed.free();
  const cases: [VisionErrorCode, () => unknown][] = [
    ["no-frame", detect({})],
    ["input-spec", input({ widthPx: 0 })],
    ["input-spec", input({ heightPx: 2561 })],
    ["input-spec", input({ pad: 256 })],
    ["input-spec", input({ pad: NaN })],
    ["input-spec", input({ std: [1, 0, 1] })],
    ["input-spec", input({ mean: [0, Infinity, 0] })],
    ["input-spec", input({ mean: [0, 0] })],
    ["unknown-name", input({ placement: "middle" })],
    ["unknown-name", input({ order: "gbr" })],
    ["unknown-name", input({ layout: "chwn" })],
    ["not-an-integer", input({ widthPx: 64.5 })],
    ["head-spec", head({ classes: 0 })],
    ["head-spec", head({ classes: 4097 })],
    ["head-spec", head({ classes: 1e9 })],
    ["head-spec", head({ boxes: undefined })],
    ["head-spec", head({ boxes: 262_145 })],
    ["head-spec", head({ columns: 2 })],
    ["head-spec", head({ skipped: 8193 })],
    ["head-spec", head({ outputs: [] })],
    ["head-spec", head({ outputs: ["boxes", "scores"] })],
    ["head-spec", head({ numbering: "coco" })],
    ["head-spec", head({ format: "xyxy", hasAngle: true })],
    ["head-spec", head({ kind: "yolox", strides: [8, 0] })],
    ["head-spec", head({ kind: "yolox", strides: Array(9).fill(8) })],
    ["unknown-name", head({ kind: "centernet" })],
    ["unknown-name", head({ format: "xywh" })],
    ["unknown-name", head({ unit: "m" })],
    ["unknown-name", head({ layout: "nchw" })],
    ["unknown-name", head({ activation: "tanh" })],
    ["not-an-integer", head({ kind: "yolox", strides: [-8] })],
    ["not-an-integer", head({ boxes: 0.5 })],
    ["not-an-integer", head({ skipped: -1 })],
    ["not-an-integer", head({ classes: NaN })],
    ["frame-bytes", () => vision.frameBuffer(0xffff_ffff)],
    ["not-an-integer", () => vision.frameBuffer(NaN)],
    ["not-an-integer", () => vision.frameBuffer(-1)],
    ["frame-size", layout({ widthPx: 0 })],
    ["frame-size", layout({ heightPx: 8193 })],
    ["frame-size", layout({ widthPx: 0xffff_ffff, heightPx: 0xffff_ffff })],
    ["plane-count", layout({ planes: [] })],
    ["plane-count", layout({ format: "I420" })],
    ["plane-count", layout({ planes: Array(9).fill({ offset: 0, stride: 32 }) })],
    ["plane-stride", layout(plane(0, 31))],
    ["plane-bounds", layout(plane(1, 32))],
    ["plane-bounds", layout(plane(0xffff_ffff, 0xffff_ffff))],
    ["plane-bounds", layout({ heightPx: 9 })],
    ["not-an-integer", layout(plane(0, 2 ** 32))],
    ["unknown-name", layout({ format: "I444" as "I420" })],
    ["unknown-name", layout({ matrix: "bt2020" as "bt709" })],
    ["unknown-name", layout({ range: "narrow" as "full" })],
    ["head-length", () => vision.writeHead([])],
    ["head-length", () => vision.writeHead([new Float32Array(8)])],
    ["head-length", () => vision.writeHead([new Float32Array(7 * 85)])],
    ["head-length", () => vision.writeHead([new Float32Array(7), new Float32Array(7)])],
    ["head-length", () => vision.headBuffer(1)],
    ["target-size", scale({ widthPx: 0 })],
    ["target-size", scale({ heightPx: 2561 })],
    ["not-an-integer", scale({ heightPx: 0.5 })],
    ["plane-bounds", () => scaler.scale({ ...SMALL, heightPx: 9 }, SMALL)],
    ["track-option", track({ scoreThreshold: NaN })],
    ["track-option", track({ scoreThreshold: 1.1 })],
    ["track-option", () => new Tracker({ maxLostMs: 0 })],
    ["track-option", () => new Tracker({ maxLostMs: 10_001 })],
    ["track-option", () => new Tracker({ maxLostMs: NaN })],
    ["track-option", () => new Tracker({ minIou: -0.1 })],
    ["track-option", () => new Tracker({ weakMinIou: NaN })],
    ["jpeg-bytes", () => vision.jpegBuffer((2 << 20) + 1)],
    ["not-an-integer", () => vision.jpegBuffer(1.5)],
    ["not-an-integer", () => vision.readJpeg({ maxSidePx: -1 })],
    ["jpeg-truncated", jpegOf([])],
    ["jpeg-format", jpegOf([0x89, 0x50, 0x4e, 0x47])],
    ["jpeg-size", jpegOf(frameHeader(8, 65535, 65535))],
    ["jpeg-unsupported", jpegOf(frameHeader(12, 16, 16))],
    ["picture-format", pictureOf(PNG_START)],
    ["picture-size", pictureOf([...PNG_START, ...pngChunk("IHDR", WIDE), ...pngChunk("IDAT", [])])],
    ["freed", () => freed.headBuffer()],
    ["freed", () => freed.frameBuffer(1)],
  ];
  const afterFrame: [VisionErrorCode, () => unknown][] = [
    ["detect-option", detect({ scoreThreshold: NaN })],
    ["detect-option", detect({ scoreThreshold: -0.1 })],
    ["detect-option", detect({ iouThreshold: 1.1 })],
    ["detect-option", detect({ maxDetections: 0 })],
    ["not-an-integer", detect({ maxDetections: 1.5 })],
  ];
  for (const [code, call] of cases) {
    await t.step(`${code}: ${call}`, () => assertRefused(call, code));
  }
  vision.letterbox(SMALL);
  for (const [code, call] of afterFrame) {
    await t.step(`${code}: ${call}`, () => assertRefused(call, code));
  }
  const tested = new Set([...cases, ...afterFrame].map(([code]) => code));
  const elsewhere = new Set<VisionErrorCode>(["not-loaded", "load-failed", "core-failed"]);
  for (const code of VISION_ERROR_CODES) assert.ok(tested.has(code) !== elsewhere.has(code), code);
  vision.free();
});
