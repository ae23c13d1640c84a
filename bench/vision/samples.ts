import { median } from "../../client/base/quantiles.ts";

// This module is browser compatible.

/** How often each thing is measured. */
export interface VisionBenchConfig {
  /** Rounds; each measures everything once, so that a busy moment hits all alike. */
  readonly rounds: number;
  /** Letterboxes timed as one sample, to be well above the clock's step. */
  readonly batch: number;
  /** Frames of the tracker timed as one sample. */
  readonly trackerBatch: number;
}

/** What is run for each frame beside a model: tracker (detections into the core, update, objects out) and follower. */
export interface TrackerSamples {
  /** Ten objects of one class. */
  readonly tracker10: number[];
  /** A hundred. */
  readonly tracker100: number[];
  /** A frame for the follower: 1280×720 made small, one box followed to it. */
  readonly followFrame: number[];
  /** One box followed from a frame to the next. */
  readonly followStep: number[];
  /** Twenty boxes carried over the ten frames since their result. */
  readonly followCatchUp: number[];
}

/** One list for each thing measured, a sample a round, in ms for one call. */
export interface VisionSamples extends TrackerSamples {
  /** 1280×720 I420 → 416×416, SIMD128. */
  readonly letterboxSimd: number[];
  /** The same, scalar code. */
  readonly letterboxScalar: number[];
  /** `run` of YOLOX-nano 416×416. */
  readonly yoloxRun: number[];
  /** A YOLOv8 head 84×8400 with 1000 boxes above the threshold: into the core, decode, NMS. */
  readonly decodeAndNms: number[];
  /** `run` of YOLOv8n 640×640. */
  readonly yolov8Run: number[];
}

/** What the page hands back. */
export interface PageResult {
  readonly samplesMs: VisionSamples;
  readonly userAgent: string;
  readonly crossOriginIsolated: boolean;
  readonly threads: number;
  /** Boxes left of the head that `decodeAndNms` takes. */
  readonly detections: number;
}

/** A median or a ratio of two, and what it should be. */
export interface Verdict {
  readonly name: string;
  readonly value: number;
  readonly target: { readonly atLeast: number } | { readonly below: number };
  readonly met: boolean;
}

/** Median of each list, ms. */
export function medians<Name extends string>(
  samples: Readonly<Record<Name, readonly number[]>>,
): Record<Name, number> {
  const entries = Object.entries<readonly number[]>(samples);
  return Object.fromEntries(entries.map(([name, values]) => [name, median(values)!])) as Record<
    Name,
    number
  >;
}

/** The three ratios that the crate is held to. */
export function ratios(ms: Record<keyof VisionSamples, number>): Verdict[] {
  return [
    atLeast("letterbox: scalar / SIMD", ms.letterboxScalar / ms.letterboxSimd, 3),
    below("letterbox SIMD / YOLOX-nano run", ms.letterboxSimd / ms.yoloxRun, 0.15),
    below("decode + NMS / YOLOv8n run", ms.decodeAndNms / ms.yolov8Run, 0.05),
  ];
}

/** What the tracker and the follower may take, ms. */
export function budgets(ms: Record<keyof TrackerSamples, number>): Verdict[] {
  return [
    below("tracker, 100 objects, ms", ms.tracker100, 0.3),
    below("follower, one box and frame, ms", ms.followStep, 0.06),
    below("follower, 20 boxes over 10 frames, ms", ms.followCatchUp, 8),
  ];
}

function atLeast(name: string, value: number, bound: number): Verdict {
  return { name, value, target: { atLeast: bound }, met: value >= bound };
}

function below(name: string, value: number, bound: number): Verdict {
  return { name, value, target: { below: bound }, met: value < bound };
}
