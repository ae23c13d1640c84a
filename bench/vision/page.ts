// This module is browser compatible.

import * as ort from "onnxruntime-web/wasm";
import { type FrameLayout, initVision, Vision, type VisionSpec } from "../../crates/vision/mod.ts";
import { followerWork } from "./follower_work.ts";
import { timed } from "./timed.ts";
import { trackerFrames } from "./tracker_frames.ts";
import type { PageResult, VisionBenchConfig, VisionSamples } from "./samples.ts";

const YOLOX: VisionSpec = {
  input: {
    widthPx: 416,
    heightPx: 416,
    placement: "top-left",
    pad: 114,
    order: "bgr",
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  head: { kind: "yolox", classes: 80, strides: [8, 16, 32] },
};
const YOLOV8: VisionSpec = {
  input: {
    widthPx: 640,
    heightPx: 640,
    placement: "center",
    pad: 114,
    order: "rgb",
    mean: [0, 0, 0],
    std: [255, 255, 255],
  },
  head: { kind: "yolov8", classes: 80, strides: [], boxes: 8400 },
};
const LUMA_BYTES = 1280 * 720;
const FRAME: FrameLayout = {
  format: "I420",
  widthPx: 1280,
  heightPx: 720,
  planes: [
    { offset: 0, stride: 1280 },
    { offset: LUMA_BYTES, stride: 640 },
    { offset: LUMA_BYTES * 5 / 4, stride: 640 },
  ],
  matrix: "bt601",
  range: "limited",
};
const FRAME_BYTES = LUMA_BYTES * 3 / 2;
const THRESHOLDS = { scoreThreshold: 0.3, iouThreshold: 0.45 };
/** As many as NMS looks at: no frame costs more. */
const BUSY_BOXES = 1000;

/** Measures everything in turn, `rounds` times after one round thrown away. */
async function runVisionBench(config: VisionBenchConfig): Promise<PageResult> {
  const { rounds, batch, trackerBatch } = config;
  await initVision("/vision_bg.wasm");
  const simd = withFrame(new Vision(YOLOX));
  const scalar = withFrame(new Vision(YOLOX, { simd: false }));
  const yolov8 = withFrame(new Vision(YOLOV8));
  const yoloxRun = await openModel("/models/yolox.onnx", simd);
  const yolov8Run = await openModel("/models/yolov8.onnx", yolov8);
  const head = busyHead(YOLOV8.head.boxes!, yolov8.headBuffer().length);
  const [track10, track100] = [trackerFrames(10), trackerFrames(100)];
  const follower = followerWork();
  let detections = 0;

  const samplesMs: VisionSamples = {
    letterboxSimd: [],
    letterboxScalar: [],
    yoloxRun: [],
    decodeAndNms: [],
    yolov8Run: [],
    tracker10: [],
    tracker100: [],
    followFrame: [],
    followStep: [],
    followCatchUp: [],
  };
  for (let round = -1; round < rounds; round++) {
    const sample = {
      letterboxSimd: timed(batch, () => simd.letterbox(FRAME)),
      letterboxScalar: timed(batch, () => scalar.letterbox(FRAME)),
      tracker10: timed(trackerBatch, track10),
      tracker100: timed(trackerBatch, track100),
      followFrame: timed(trackerBatch, follower.followFrame),
      followStep: timed(trackerBatch, follower.followStep),
      followCatchUp: timed(trackerBatch, follower.followCatchUp),
      yoloxRun: await timedRun(yoloxRun),
      decodeAndNms: timed(1, () => {
        yolov8.writeHead([head]);
        detections = yolov8.detect(THRESHOLDS).length;
      }),
      yolov8Run: await timedRun(yolov8Run),
    };
    if (round < 0) continue;
    for (const name of Object.keys(sample) as (keyof VisionSamples)[]) {
      samplesMs[name].push(sample[name]);
    }
  }
  return {
    samplesMs,
    userAgent: navigator.userAgent,
    crossOriginIsolated: (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated ===
      true,
    threads: ort.env.wasm.numThreads ?? 1,
    detections,
  };
}

/** Noise: what the pixels are makes no difference to the arithmetic. */
function withFrame(vision: Vision): Vision {
  const frame = vision.frameBuffer(FRAME_BYTES);
  for (let at = 0; at < frame.length; at += 65536) {
    crypto.getRandomValues(frame.subarray(at, at + 65536));
  }
  vision.letterbox(FRAME);
  return vision;
}

/** Gives a function that runs the model once on the letterboxed frame. */
async function openModel(url: string, vision: Vision): Promise<() => Promise<unknown>> {
  ort.env.wasm.wasmPaths = "/ort/";
  ort.env.wasm.numThreads = navigator.hardwareConcurrency;
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ["wasm"] });
  const pixels = vision.letterbox(FRAME).slice();
  const sidePx = Math.sqrt(pixels.length / 3);
  const tensor = new ort.Tensor("float32", pixels, [1, 3, sidePx, sidePx]);
  return () => session.run({ [session.inputNames[0]!]: tensor });
}

/** A head with {@linkcode BUSY_BOXES} boxes above the threshold, spread over frame and classes. */
function busyHead(anchors: number, length: number): Float32Array {
  const head = Float32Array.from({ length }, (_, i) => i < 4 * anchors ? 40 : Math.random() * 0.25);
  for (let box = 0; box < BUSY_BOXES; box++) {
    const anchor = Math.floor(box * anchors / BUSY_BOXES);
    head[anchor] = Math.random() * 640;
    head[anchors + anchor] = 140 + Math.random() * 360;
    head[(4 + box % 80) * anchors + anchor] = 0.3 + Math.random() * 0.7;
  }
  return head;
}

async function timedRun(run: () => Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}

Object.assign(globalThis, { runVisionBench });
