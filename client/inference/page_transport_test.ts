/** Server mode over the page's own transport: both sides, and a page between that may be busy. */
import assert from "node:assert/strict";
import type { ServedModel } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { type FromFlow, MAX_BUFFERED_BYTES, type ToFlow } from "./flow_messages.ts";
import { FrameFlow } from "./frame_flow.ts";
import type { FrameStreamEvents } from "./frame_stream.ts";
import { PageTransport } from "./page_transport.ts";
import { RemoteDetector } from "./remote_detector.ts";
import { FakeWorker } from "./testing/fake_worker.ts";

const MODEL = { id: "m", labels: ["person"] } as unknown as ServedModel;

/** What a page's turn takes. */
const TURN_MS = 5;

function setup() {
  const timers = new FakeTimers();
  const epochMs = () => 1_000_000 + timers.nowMs();
  const stream = { bufferedBytes: 0, givenUp: 0 };
  const worker = new FakeWorker<ToFlow, FromFlow>();
  let isBusy = false;
  let waiting: (() => void)[] = [];
  const toPage = (message: FromFlow) => {
    const turn = () => worker.say(message);
    timers.setTimeout(() => isBusy ? waiting.push(turn) : turn(), TURN_MS);
  };
  const page = new PageTransport(toPage);
  const flow = new FrameFlow({
    ...{ model: MODEL, timers, epochMs, log() {}, onResult() {}, onLoss() {}, onPong() {} },
    intake: { counts: { received: 0, superseded: 0 }, take: () => null },
    encoder: { encode: () => Promise.reject(new Error("no frame comes")) },
    onSilent: () => toPage({ kind: "silent", routeId: worker.of("route").at(-1)!.id }),
    onFailed() {},
  });
  worker.postMessage = (message) => {
    worker.sent.push(message);
    if (message.kind === "said") page.said();
    if (message.kind === "sent") page.sent(message.bytes);
  };
  let events: FrameStreamEvents | undefined;
  const detector = new RemoteDetector({
    ...{ model: MODEL, timers, epochMs },
    settings: { scoreThreshold: 0.4, iouThreshold: 0.5, classes: null },
    captureOf: (_key, timeMs) => ({ timeMs, clock: "receiveTime", errorMs: null }),
    startWorker: () => worker,
    openStream(_settings, given) {
      events = given;
      return {
        ...{ setSettings() {}, send: () => true, expectAnswers() {}, close() {} },
        giveUpTransport: () => stream.givenUp += 1,
        maxMessageBytes: 1000,
        get bufferedBytes() {
          return stream.bufferedBytes;
        },
      };
    },
    ...{ onState() {}, onResult() {}, onLoss() {} },
  });
  worker.say({ kind: "ready", warmEncodeMs: 4 });
  events!.onState({ kind: "open", transport: "datachannel", runMs: 12 });
  flow.setTransport({
    maxMessageBytes: 1000,
    get bufferedBytes() {
      return page.bufferedBytes;
    },
    get isHeld() {
      return page.isHeld;
    },
    send: (message) => page.send(message),
  });
  return {
    ...{ timers, stream, page, detector },
    setBusy(now: boolean) {
      isBusy = now;
      for (const turn of now ? [] : waiting) turn();
      if (!now) waiting = [];
    },
  };
}

Deno.test("PageTransport: a network that died with the buffer full is given up", async () => {
  const { timers, stream, page, detector } = setup();
  stream.bufferedBytes = MAX_BUFFERED_BYTES + 1;
  page.send(new Uint8Array(100));
  await timers.advance(9_000);
  assert.equal(stream.givenUp, 1);
  assert.equal(page.bufferedBytes, 100, "frames wait for room");
  detector.close();
});

Deno.test("PageTransport: so is one that is silent with the buffer empty", async () => {
  const { timers, stream, detector } = setup();
  await timers.advance(9_000);
  assert.equal(stream.givenUp, 1);
  detector.close();
});

Deno.test("PageTransport: a page that is busy for long is not taken for a dead network", async () => {
  const { timers, stream, detector, setBusy } = setup();
  setBusy(true);
  await timers.advance(30_000);
  setBusy(false);
  await timers.advance(1_000);
  assert.equal(stream.givenUp, 0);
  await timers.advance(9_000);
  assert.equal(stream.givenUp, 1);
  detector.close();
});
