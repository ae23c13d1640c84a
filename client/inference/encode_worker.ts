import { MAX_FRAMES_IN_FLIGHT } from "@/protocol";
import { initVision } from "@/vision";
import { epochMs } from "../base/epoch.ts";
import { VISION_WASM_URL } from "./build_constants.ts";
import { encodingFailure, MAX_FIRST_FAILURES } from "./detector_error.ts";
import type { FromEncoder, ToEncoder } from "./encoder_messages.ts";
import { FrameIntake, type InputFrame } from "./frame_input.ts";
import { JpegEncoder, WARM_PX } from "./jpeg_encoder.ts";

// ENTRY of the encode Worker of a phone's relay: frames in, JPEG out, one for each that is asked for.

type Request = Extract<ToEncoder, { kind: "encode" }>;

/** What a Worker's global scope has that a window's has not; the two DOM libraries exclude each other. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToEncoder>) => void;
  postMessage(message: FromEncoder, transfer?: Transferable[]): void;
};

const intake = new FrameIntake({
  onAccepted: () => scope.postMessage({ kind: "accepted" }),
  onUnreadable: () => scope.postMessage({ kind: "unreadable" }),
  onFrame: () => void work().catch(fail),
});
let requests: Request[] = [];
let encoder: JpegEncoder | null = null;
let isWorking = false;
let encoded = 0;
let failedFrames = 0;

scope.onmessage = ({ data }) => {
  handle(data).catch(fail);
};

async function handle(message: ToEncoder): Promise<void> {
  switch (message.kind) {
    case "load": {
      await initVision(VISION_WASM_URL);
      const loaded = new JpegEncoder();
      const warmEncodeMs = await loaded.warmUp(message.target, WARM_PX);
      encoder = loaded;
      scope.postMessage({ kind: "ready", warmEncodeMs });
      return await work();
    }
    case "encode":
      requests = [...requests, message].slice(-MAX_FRAMES_IN_FLIGHT);
      return await work();
    case "stop":
      requests = [];
      return await intake.handle(message);
    default:
      return await intake.handle(message);
  }
}

/** Makes one JPEG after another, for as long as there are both frames and requests. */
async function work(): Promise<void> {
  if (isWorking || encoder === null) return;
  isWorking = true;
  while (requests.length > 0) {
    const frame = intake.take(requests[0]!.sinceMs);
    if (frame === null) break;
    await onFrame(frame, requests.shift()!, encoder);
  }
  isWorking = false;
}

/** The frame path on this side: grab → encode → post. */
async function onFrame(
  frame: InputFrame,
  { frameId, target, quality }: Request,
  to: JpegEncoder,
): Promise<void> {
  const grabbedAtMs = epochMs();
  const { key, receivedAtMs } = frame;
  try {
    const pixels = await to.encode(frame.pixels, { target, quality }, () => frame.close());
    encoded += 1;
    const made = { ...pixels, frameId, key, receivedAtMs, grabbedAtMs, quality };
    scope.postMessage({ kind: "encoded", frame: made, counts: counts() }, [pixels.jpeg.buffer]);
  } catch (error) {
    failedFrames += 1;
    scope.postMessage({ kind: "skipped", frameId, counts: counts() });
    if (encoded === 0 && failedFrames >= MAX_FIRST_FAILURES) throw error;
  } finally {
    frame.close();
  }
}

function counts() {
  return { ...intake.counts, error: failedFrames };
}

function fail(error: unknown): void {
  scope.postMessage(encodingFailure(error));
}
