import { initVision } from "@/vision";
import { epochMs } from "../base/epoch.ts";
import { consoleLog } from "../base/log.ts";
import { pageTimers } from "../base/timers.ts";
import { ChannelPair } from "../link/channel_pair.ts";
import { StreamTopic } from "../link/stream_topic.ts";
import type { TransportKind } from "../link/transport.ts";
import type { FrameKey } from "../time/frame_key.ts";
import { VISION_WASM_URL } from "./build_constants.ts";
import type { RelayedKey } from "./detector.ts";
import { encodingFailure } from "./detector_error.ts";
import type { FromFlow, ToFlow } from "./flow_messages.ts";
import { type FlowTransport, FrameFlow } from "./frame_flow.ts";
import { answerFrame, FrameIntake } from "./frame_input.ts";
import { JpegEncoder, WARM_PX } from "./jpeg_encoder.ts";
import { PageTransport } from "./page_transport.ts";
import { RelayedFlow } from "./relayed_flow.ts";

// ENTRY of the Worker of server mode: frames in, detections of the server out. Neither passes the page, which
// may be busy, unless frames go over DataChannels and the browser lets no Worker have such.

/** What a Worker's global scope has that a window's has not; the two DOM libraries exclude each other. */
const scope = self as unknown as {
  onmessage: (event: MessageEvent<ToFlow>) => void;
  postMessage(message: FromFlow, transfer?: Transferable[]): void;
};

/** Of the last frames of which a result may still come: some seconds of them. */
const MAX_KEYS = 64;

type Route = Extract<ToFlow, { kind: "route" }>;

const intake = new FrameIntake({
  onAccepted: () => scope.postMessage({ kind: "accepted" }),
  onUnreadable: () => scope.postMessage({ kind: "unreadable" }),
  onFrame: () => flow?.pump(),
});
const page = new PageTransport((message, transfer) => scope.postMessage(message, transfer));
let flow: FrameFlow | null = null;
/** In place of it, where the server has the frames itself. */
let relayed: RelayedFlow | null = null;
let pair: ChannelPair | null = null;
let topic: StreamTopic | null = null;
let route: Pick<Route, "id" | "route"> = { id: 0, route: null };

scope.onmessage = ({ data }) => {
  handle(data).catch(fail);
};

async function handle(message: ToFlow): Promise<void> {
  switch (message.kind) {
    case "load":
      return await load(message);
    case "hear":
      return hear(message);
    case "effort":
      return flow?.setEffort(message.effort);
    case "channels":
      return take(message);
    case "topic":
      return takeTopic(message);
    case "route":
      route = message;
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
    onSilent() {
      if (route.route === "topic") topic?.giveUp();
      else scope.postMessage({ kind: "silent", routeId: route.id });
    },
    onFailed: fail,
  });
  scope.postMessage({ kind: "ready", warmEncodeMs });
}

function hear({ labels, keys }: Extract<ToFlow, { kind: "hear" }>): void {
  const known = new Map<number, FrameKey>();
  if (keys !== null) {
    keys.onmessage = ({ data: { frameId, key } }: MessageEvent<RelayedKey>) => {
      known.set(frameId, key);
      if (known.size > MAX_KEYS) known.delete(known.keys().next().value!);
    };
  }
  relayed = new RelayedFlow({
    ...{ labels, epochMs },
    timers: pageTimers,
    log: consoleLog,
    sendText: (text) => topic?.send(text),
    onSilent: () => topic?.giveUp(),
    keyOf: (frameId) =>
      keys === null ? { clock: "rtp", value: frameId } : known.get(frameId) ?? null,
    present(result) {
      const { port } = intake;
      if (port !== null) answerFrame(port, result);
      return port !== null;
    },
    onAnswer: (answer) => scope.postMessage(answer),
  });
  scope.postMessage({ kind: "ready", warmEncodeMs: 0 });
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

function takeTopic({ id, port }: Extract<ToFlow, { kind: "topic" }>): void {
  topic?.leave();
  relayed?.setOpen(false);
  const tell = (transport: TransportKind | null) =>
    scope.postMessage({ kind: "topic", id, transport });
  const taken: StreamTopic = new StreamTopic(port, {
    onOpen() {
      relayed?.setOpen(true);
      tell(taken.transport);
    },
    onClose() {
      relayed?.setOpen(false);
      tell(null);
    },
    onText: (text) => (flow ?? relayed)?.receive(text),
    onBuffered: () => flow?.pump(),
  });
  topic = taken;
}

function transportOf({ route, maxMessageBytes }: Route): FlowTransport | null {
  const over = route === null ? null : { channels: pair, topic, page }[route];
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
