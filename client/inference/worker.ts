import { FramePace, inputSize, type Stage, StageClock } from "@/protocol";
import { Tracker, weakThreshold } from "@/vision";
import { epochMs } from "../base/epoch.ts";
import { DetectorError, isOutOfMemory, MAX_FIRST_FAILURES, textOf } from "./detector_error.ts";
import { answerFrame, FrameIntake, type InputFrame } from "./frame_input.ts";
import { loadDetector, type LoadedDetector } from "./load_detector.ts";
import { ObjectFollower } from "./object_follower.ts";
import { copyPixels, shownSize } from "./pixels.ts";
import { falsePixels, readBackWay } from "./read_back.ts";
import type { DetectionSettings, FromWorker, ToWorker } from "./worker_messages.ts";

// ENTRY of the detection Worker: frames in, detections out. One model for its whole life.

/** What a Worker's global scope has that a window's has not; the two DOM libraries exclude each other. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage(message: FromWorker): void;
};

const intake = new FrameIntake({
  onAccepted: () => post({ kind: "accepted" }),
  onUnreadable: () => post({ kind: "unreadable" }),
  onFrame: () => void work().catch(fail),
});
const pace = new FramePace();
const stages = new StageClock<Stage>();
const turn = new MessageChannel();
let settings: DetectionSettings = { scoreThreshold: 0.35, iouThreshold: 0.5, classes: null };
let classes: ReadonlySet<number> | null = null;
let detector: LoadedDetector | null = null;
let objects: ObjectFollower | null = null;
/** Which of the model's input sizes; 0: the largest. */
let sizeLevel = 0;
let isWorking = false;
let processed = 0;
let failedFrames = 0;

scope.onmessage = ({ data }) => {
  handle(data).catch(fail);
};

async function handle(message: ToWorker): Promise<void> {
  switch (message.kind) {
    case "load":
      if (!("VideoFrame" in globalThis) && await readBackWay() === null) throw falsePixels();
      detector = await loadDetector(message, {
        onProgress: (progress) => post({ kind: "progress", ...progress }),
        onStarts: (part) => post({ kind: "starts", part }),
      });
      objects = new ObjectFollower(new Tracker(), epochMs());
      post({
        kind: "ready",
        backend: message.backend,
        threads: message.threads,
        warmRunMs: detector.session.warmRunMs,
      });
      return await work();
    case "settings":
      settings = message.settings;
      classes = settings.classes === null ? null : new Set(settings.classes);
      return;
    case "size":
      sizeLevel = message.level;
      return;
    case "pace":
      pace.set(message.minIntervalMs);
      return await work();
    case "stop":
    case "stream":
    case "track":
      objects?.begin(epochMs());
      return await intake.handle(message);
    case "port":
      objects?.begin(epochMs());
      return await intake.handle(message);
    case "frame":
      return await intake.handle(message);
  }
}

/** Takes frames from the slot one after another, no faster than asked; at most one is in work. */
async function work(): Promise<void> {
  if (isWorking || detector === null || objects === null) return;
  isWorking = true;
  for (let frame = takeDue(); frame !== null; frame = takeDue()) {
    await onFrame(frame, detector, objects);
    // The run blocked this thread: let the frames that came meanwhile in, so that the newest wins.
    await nextTask();
  }
  isWorking = false;
}

/** The frame whose turn it is; else it comes. */
function takeDue(): InputFrame | null {
  const { turnAtMs } = pace;
  const frame = turnAtMs === null ? null : intake.take(turnAtMs);
  if (frame !== null) pace.taken(frame.receivedAtMs);
  return frame;
}

/** The frame path. */
async function onFrame(
  frame: InputFrame,
  { model, visions, session }: LoadedDetector,
  objects: ObjectFollower,
): Promise<void> {
  const grabbedAtMs = epochMs();
  const { scoreThreshold, iouThreshold } = settings;
  stages.start();
  try {
    const inputPx = inputSize(model.input, shownSize(frame.pixels), sizeLevel);
    const vision = visions.at(inputPx);
    const layout = await copyPixels(frame.pixels, vision);
    frame.close();
    stages.end("grab");
    const input = vision.letterbox(layout);
    stages.end("letterbox");
    const output = await session.run(input, inputPx);
    stages.end("run");
    vision.writeHead(output);
    vision.decode({ scoreThreshold: weakThreshold(scoreThreshold), classes });
    stages.end("decode");
    const detections = vision.nms({ iouThreshold });
    stages.end("nms");
    const { key, receivedAtMs } = frame;
    const followed = objects.follow({ key, receivedAtMs, detections, scoreThreshold });
    stages.end("post");
    processed += 1;
    const { widthPx, heightPx } = layout;
    // To the screen first, and without a detour over the page, which may be busy.
    if (frame.port !== null) answerFrame(frame.port, { key, ...followed });
    const waitedMs = grabbedAtMs - receivedAtMs;
    post({
      kind: "result",
      result: {
        key,
        widthPx,
        heightPx,
        inputPx,
        ...followed,
        stages: { wait: waitedMs, ...stages.times() },
        grabbedAtMs,
        waitedMs,
        readyAtMs: epochMs(),
        isPresented: frame.port !== null,
        counts: counts(),
      },
    });
  } catch (error) {
    if (isOutOfMemory(error) || error instanceof DetectorError) throw error;
    onBadFrame(error);
  } finally {
    frame.close();
  }
}

function counts() {
  const { received, superseded } = intake.counts;
  return { received, processed, dropped: { superseded, error: failedFrames } };
}

/** One frame may be odd. */
function onBadFrame(error: unknown): void {
  failedFrames += 1;
  if (processed > 0 || failedFrames < MAX_FIRST_FAILURES) return;
  throw new DetectorError("frame-failed", `This browser cannot examine frames: ${textOf(error)}`, {
    cause: error,
  });
}

function fail(error: unknown): void {
  const code = error instanceof DetectorError
    ? error.code
    : isOutOfMemory(error)
    ? "out-of-memory"
    : "crashed";
  post({ kind: "failed", code, message: textOf(error) });
}

/** A turn of the event loop. Not a timer: nested timers wait 4 ms each. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    turn.port1.onmessage = () => resolve();
    turn.port2.postMessage(null);
  });
}

function post(message: FromWorker): void {
  scope.postMessage(message);
}
