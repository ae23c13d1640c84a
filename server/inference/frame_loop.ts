import { type ModelEntry, type SERVER_STAGES, sizeHolding, type StageClock } from "@/protocol";
import {
  type FrameLayout,
  type SizePx,
  type UprightPicture,
  type Vision,
  VisionError,
  type VisionErrorCode,
  type VisionSet,
  weakThreshold,
} from "@/vision";
import { nowMs } from "../base/clock.ts";
import type { LaneFailure, LaneJob, LaneResult, PictureFacts } from "./lane_messages.ts";
import { maxSidePxFor, scansIn } from "./picture_cost.ts";
import type { ModelSession } from "./session.ts";

/** A stage of the frame path on the server. */
export type ServerStage = (typeof SERVER_STAGES)[number];

/** All that the frame path needs, warmed up. */
export interface LoadedModel {
  readonly entry: ModelEntry;
  readonly visions: VisionSet;
  readonly session: ModelSession;
}

/** What a sender's JPEG, or other picture, can be blamed for. */
const JPEG_ERRORS: ReadonlySet<VisionErrorCode> = new Set([
  "jpeg-bytes",
  "jpeg-truncated",
  "jpeg-format",
  "jpeg-unsupported",
  "jpeg-size",
  "picture-format",
  "picture-size",
]);

const TOO_LARGE: ReadonlySet<VisionErrorCode> = new Set(["jpeg-size", "picture-size"]);

/** The frame path, up to `nms`; `post` is the main thread's. */
export async function onFrame(
  job: LaneJob,
  { entry, visions, session }: LoadedModel,
  stages: StageClock<ServerStage>,
): Promise<LaneResult> {
  const { iouThreshold, classes } = job.settings;
  const scoreThreshold = leastScore(job);
  stages.start();
  const { layout, vision, inputPx, picture } = decodeJpeg(job, entry, visions);
  stages.end("jpegDecode");
  const input = vision.letterbox(layout);
  stages.end("letterbox");
  const output = await session.run(input, inputPx);
  stages.end("run");
  vision.writeHead(output);
  vision.decode({ scoreThreshold, classes: classes === null ? null : new Set(classes) });
  stages.end("decode");
  const detections = vision.nms({ iouThreshold });
  stages.end("nms");
  return { detections, inputPx, picture, inferenceTimeMs: nowMs(), stagesMs: stages.times() };
}

/** Weak detections take nothing away from the others: these come first in everything that follows. */
function leastScore({ settings: { scoreThreshold }, isFollowed }: LaneJob): number {
  return isFollowed ? weakThreshold(scoreThreshold) : scoreThreshold;
}

/**
 * Which of the named causes an error of {@linkcode onFrame} is.
 * @throws {VisionError} `core-failed`, as it came: the core is in an unknown state, for every frame.
 */
export function failureOf(error: unknown): LaneFailure {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof TooCostly) return { cause: "too-costly", message };
  const code = error instanceof VisionError ? error.code : null;
  if (code === "core-failed") throw error;
  return { cause: code !== null && JPEG_ERRORS.has(code) ? "bad-jpeg" : "failed", message };
}

/** A JPEG that would take a lane for long. */
class TooCostly extends Error {}

/** A picture in the frame buffer of the `Vision` whose input has the size for it. */
interface DecodedPicture {
  readonly layout: FrameLayout;
  readonly vision: Vision;
  readonly inputPx: SizePx;
  readonly picture: PictureFacts | null;
}

function decodeJpeg(job: LaneJob, { input }: ModelEntry, visions: VisionSet): DecodedPicture {
  const { widthPx, heightPx } = job;
  const isSaid = widthPx !== null && heightPx !== null;
  const expectedPx = isSaid ? sizeHolding(input, { widthPx, heightPx }) : input;
  const vision = visions.at(expectedPx);
  const { layout, orientation } = readFile(job, vision);
  const inputPx = sizeHolding(input, layout);
  const right = visions.at(inputPx);
  if (right !== vision) {
    // Its sender said nothing of its size: the pixels move over to where they belong.
    const bytes = layout.widthPx * layout.heightPx * 3;
    right.frameBuffer(bytes);
    right.frameBuffer(bytes).set(vision.frameBuffer(bytes));
  }
  const { widthPx: pictureWidthPx, heightPx: pictureHeightPx } = layout;
  const picture = job.isPicture
    ? { widthPx: pictureWidthPx, heightPx: pictureHeightPx, orientation }
    : null;
  return { layout, vision: right, inputPx, picture };
}

function readFile(
  { jpeg, widthPx, heightPx, isPicture }: LaneJob,
  vision: Vision,
): UprightPicture {
  const maxPicturePx = maxSidePxFor(jpeg);
  if (maxPicturePx === null) throw new TooCostly(`Cannot take the JPEG: ${scansIn(jpeg)} scans`);
  vision.jpegBuffer(jpeg.length).set(jpeg);
  // A picture larger than it was said to be is refused by its header, before it takes memory.
  const saidPx = Math.max(widthPx ?? 0, heightPx ?? 0);
  const maxSidePx = saidPx > 0 ? saidPx : maxPicturePx;
  const isSaid = saidPx > 0;
  const read = readWithin(vision, { maxSidePx, isSaid, isPicture });
  const { layout } = read;
  const isAsSaid = layout.widthPx === (widthPx ?? layout.widthPx) &&
    layout.heightPx === (heightPx ?? layout.heightPx);
  if (isAsSaid) return read;
  const sizes = `it is ${layout.widthPx}×${layout.heightPx}, not ${widthPx}×${heightPx}`;
  throw new VisionError("jpeg-size", `Cannot take the JPEG: ${sizes}`);
}

/** @param isSaid Whether its sender said how large it is. */
function readWithin(
  vision: Vision,
  { maxSidePx, isSaid, isPicture }: { maxSidePx: number; isSaid: boolean; isPicture: boolean },
): UprightPicture {
  try {
    if (isPicture) return vision.readPicture({ maxSidePx });
    return { layout: vision.readJpeg({ maxSidePx }), orientation: 1 };
  } catch (error) {
    const isTooLarge = error instanceof VisionError && TOO_LARGE.has(error.code) && !isSaid;
    throw isTooLarge ? new TooCostly(error.message) : error;
  }
}
