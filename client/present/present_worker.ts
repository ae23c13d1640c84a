import { epochMs } from "../base/epoch.ts";
import { pageTimers } from "../base/timers.ts";
import { VISION_WASM_URL } from "../inference/build_constants.ts";
import { FrameReader, type InputFrame } from "../inference/frame_reader.ts";
import { FrameCopier } from "./frame_copier.ts";
import { FrameFollower } from "./frame_follower.ts";
import { FrameGiver } from "./frame_giver.ts";
import { Painter } from "./painter.ts";
import type { FromPresenter, ToPresenter } from "./present_messages.ts";
import { Plates } from "./plates.ts";
import { Presenter } from "./presenter.ts";

// ENTRY of the presenter Worker: frames and results in, the composed picture out.

/** What a Worker's global scope has that a window's has not; the two DOM libraries exclude each other. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToPresenter>) => void;
  postMessage(message: FromPresenter, transfer: Transferable[]): void;
};

/** A context that is lost for longer will not come back by itself. */
const LOST_MS = 3_000;

const reader = new FrameReader({
  onAccepted: () => post({ kind: "accepted" }),
  onUnreadable: () => post({ kind: "unreadable" }),
  onFrame: (frame) => {
    // First: who waits for a frame to examine is what makes boxes late.
    void giver.offer(frame);
    inTurn = inTurn.then(() => show(frame)).catch(fail);
  },
  onStop: () => {
    giver.stop();
    const wasHeld = isHeld;
    isHeld = false;
    inTurn = inTurn.then(() => presenter?.stop(wasHeld));
  },
});
const plates = new Plates();
/** Ends when the frames that came before are with the presenter, in their order. */
let inTurn = Promise.resolve();
const giver = new FrameGiver({
  clone: (pixels) => "clone" in pixels ? pixels.clone() : createImageBitmap(pixels),
  onResult: (result) => presenter?.handle({ kind: "result", result }),
});
const copier = new FrameCopier();
/** Comes back after what is waiting: a timer would wait for 4 ms more each time. */
const turns = new MessageChannel();
const following = new FrameFollower({
  async open() {
    // Not before there are frames: the first picture waits for nothing that it does not need.
    const { Follower, initVision } = await import("@/vision");
    await initVision(VISION_WASM_URL);
    return new Follower();
  },
  defer(callback) {
    turns.port1.onmessage = callback;
    turns.port2.postMessage(null);
  },
  nowMs: () => performance.now(),
  onMoved: () => presenter?.followed(),
});
let presenter: Presenter | null = null;
/** What is seen stays over the next stop. */
let isHeld = false;

scope.onmessage = ({ data }) => {
  handle(data).catch(fail);
};

async function handle(message: ToPresenter): Promise<void> {
  switch (message.kind) {
    case "canvas":
      presenter = present(message.canvas);
      return;
    case "hold":
      isHeld = true;
      return;
    case "lend":
      return giver.add(message.id, message.port);
    case "release":
      return giver.remove(message.id);
    case "stream":
    case "frames":
    case "track":
    case "frame":
    case "stop":
      return await reader.handle(message);
    default:
      return presenter?.handle(message);
  }
}

async function show(frame: InputFrame): Promise<void> {
  if (presenter === null) return frame.close();
  // In `synced`, frames wait by the dozen: as decoders give them they are smaller.
  const plate = presenter.isLive ? await plates.take(frame.pixels) : null;
  presenter.addFrame(frame, plate);
}

function present(canvas: OffscreenCanvas): Presenter {
  watchContext(canvas);
  return new Presenter({
    painter: new Painter(canvas, (isPlate, tookMs) => plates.drew(isPlate, tookMs)),
    timers: pageTimers,
    epochMs,
    requestFrame: (callback) => {
      requestAnimationFrame((atMs) => {
        try {
          callback(performance.timeOrigin + atMs);
        } catch (error) {
          fail(error);
        }
      });
    },
    copy: (frame) => copier.copy(frame),
    following,
    copyPicture: () => createImageBitmap(canvas),
    post,
  });
}

function watchContext(canvas: OffscreenCanvas): void {
  let timer: number | undefined;
  canvas.addEventListener("contextlost", () => {
    timer = pageTimers.setTimeout(() => fail(new Error("The picture was lost.")), LOST_MS);
  });
  canvas.addEventListener("contextrestored", () => pageTimers.clearTimeout(timer));
}

function fail(error: unknown): void {
  post({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
}

function post(message: FromPresenter): void {
  scope.postMessage(message, message.kind === "picture" && message.bitmap ? [message.bitmap] : []);
}
