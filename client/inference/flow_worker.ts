import { initVision } from "@/vision";
import { epochMs } from "../base/epoch.ts";
import { consoleLog } from "../base/log.ts";
import { pageTimers } from "../base/timers.ts";
import { ChannelPair } from "../link/channel_pair.ts";
import { VISION_WASM_URL } from "./build_constants.ts";
import { encodingFailure } from "./detector_error.ts";
import type { FlowRoute, FromFlow, ToFlow } from "./flow_messages.ts";
import { type FlowTransport, FrameFlow } from "./frame_flow.ts";
import { answerFrame, FrameIntake } from "./frame_input.ts";
import { JpegEncoder, WARM_PX } from "./jpeg_encoder.ts";
import { PageTransport } from "./page_transport.ts";

// ENTRY of the Worker of server mode: frames in, detections of the server out. Where the browser lets a
// Worker have DataChannels, neither passes the page, which may be busy.

/** What a Worker's global scope has that a window's has not; the two DOM libraries exclude each other. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToFlow>) => void;
  postMessage(message: FromFlow, transfer?: Transferable[]): void;
};

const intake = new FrameIntake({
  onAccepted: () => scope.postMessage({ kind: "accepted" }),
  onUnreadable: () => scope.postMessage({ kind: "unreadable" }),
  onFrame: () => flow?.pump(),
});
const page = new PageTransport((message, transfer) => scope.postMessage(message, transfer));
let flow: FrameFlow | null = null;
let pair: ChannelPair | null = null;
let routeId = 0;

scope.onmessage = ({ data }) => {
  handle(data).catch(fail);
};

async function handle(message: ToFlow): Promise<void> {
  switch (message.kind) {
    case "load":
      return await load(message);
    case "effort":
      return flow?.setEffort(message.effort);
    case "channels":
      return take(message);
    case "route":
      routeId = message.id;
      return flow?.setTransport(transportOf(message));
    case "text":
      return flow?.receive(message.text);
    case "sent":
      page.sent(message.bytes);
      return flow?.pump();
    case "said":
      return page.said();
    case "capture":
      return flow?.setMark(message.mark);
    case "stop":
      flow?.leaveSource();
      return await intake.handle(message);
    default:
      return await intake.handle(message);
  }
}

async function load({ model }: Extract<ToFlow, { kind: "load" }>): Promise<void> {
  await initVision(VISION_WASM_URL);
  const encoder = new JpegEncoder();
  const target = { input: model.input, sizeLevel: 0, boundPx: null };
  const warmEncodeMs = await encoder.warmUp(target, WARM_PX);
  flow = new FrameFlow({
    ...{ model, intake, encoder, epochMs },
    timers: pageTimers,
    log: consoleLog,
    onResult(result, port) {
      // To the screen first.
      if (port !== null) answerFrame(port, result);
      scope.postMessage({ kind: "result", result });
    },
    onLoss: (ageMs) => scope.postMessage({ kind: "loss", ageMs }),
    onPong: ({ roundTripMs }) => scope.postMessage({ kind: "pong", roundTripMs }),
    onSilent: () => scope.postMessage({ kind: "silent", routeId }),
    onFailed: fail,
  });
  scope.postMessage({ kind: "ready", warmEncodeMs });
}

function take({ id, frames, results }: Extract<ToFlow, { kind: "channels" }>): void {
  pair?.leave();
  const tell = (isOpen: boolean) => scope.postMessage({ kind: "channels", id, isOpen });
  pair = new ChannelPair({ frames, results }, {
    onOpen: () => tell(true),
    onClose: () => tell(false),
    onText: (text) => flow?.receive(text),
  }, consoleLog);
  // It may have come about on the way here.
  if (pair.isOpen) tell(true);
}

function transportOf(
  { route, maxMessageBytes }: { route: FlowRoute | null; maxMessageBytes: number },
): FlowTransport | null {
  const over = route === null ? null : route === "page" ? page : pair;
  return over && {
    maxMessageBytes,
    get bufferedBytes() {
      return over.bufferedBytes;
    },
    get isHeld() {
      return over === page && page.isHeld;
    },
    send: (message) => over.send(message),
  };
}

function fail(error: unknown): void {
  scope.postMessage(encodingFailure(error));
}
