import assert from "node:assert/strict";
import type { FrameDropCause, PeerId, RelayedSource, ServedModel } from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import { FakeTopic } from "../link/testing/fake_topics.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import type { DetectorState, RelayedFrame } from "./detector.ts";
import { effortFor } from "./effort.ts";
import type { FromFlow, ToFlow } from "./flow_messages.ts";
import type { FrameStream, FrameStreamEvents } from "./frame_stream.ts";
import { RelayedDetector } from "./relayed_detector.ts";
import { answerOf } from "./remote_result.ts";
import { FakeFeed, FakeWorker } from "./testing/fake_worker.ts";
import { resultOf, SERVER_AHEAD_MS } from "./testing/server_words.ts";
import type { FrameResult } from "./worker_messages.ts";

const MODEL = { id: "m", labels: ["person", "dog"] } as unknown as ServedModel;
const PHONE = "p" as PeerId;
const NOW_MS = 1_000_000;

/** The phone's clock is this far ahead of the page's. */
const PHONE_AHEAD_MS = 7_000;

function setup() {
  const sources: RelayedSource[] = [];
  const states: DetectorState[] = [];
  const results: FrameResult[] = [];
  const losses: number[] = [];
  const arrived = new Map<number, RelayedFrame>();
  const workers: FakeWorker<ToFlow, FromFlow>[] = [];
  const keys: PortLike[] = [];
  let events: FrameStreamEvents | undefined;
  let isClosed = false;
  const stream: FrameStream = {
    bufferedBytes: 0,
    setSettings: (_settings, relayed) => void sources.push(relayed!),
    maxMessageBytes: 1000,
    send: () => assert.fail("nothing is to be sent"),
    giveUpTransport() {},
    expectAnswers() {},
    close: () => isClosed = true,
  };
  const detector = new RelayedDetector({
    model: MODEL,
    settings: { scoreThreshold: 0.4, iouThreshold: 0.5, classes: null },
    frames: {
      phone: PHONE,
      received: 9,
      of: (id) => arrived.get(id) ?? null,
      keys: () => keys[keys.push({} as PortLike) - 1]!,
    },
    epochMs: () => NOW_MS,
    captureOf: (key) => ({ timeMs: key!.value - PHONE_AHEAD_MS, clock: "phone", errorMs: 1 }),
    startWorker: () => workers[workers.push(new FakeWorker()) - 1]!,
    openStream(_settings, given, relayed) {
      sources.push(relayed);
      events = given;
      return stream;
    },
    onState: (state) => states.push(state),
    onResult: (result) => results.push(result),
    onLoss: (ageMs) => losses.push(ageMs),
  });
  const worker = () => workers.at(-1)!;
  const feed = new FakeFeed();
  const start = () => {
    worker().say({ kind: "ready", warmEncodeMs: 0 });
    events!.onState({ kind: "open", transport: "websocket", runMs: 12 });
    detector.setFeed(feed);
  };
  /** A picture comes to this page. */
  const picture = (frameId: number) =>
    arrived.set(frameId, {
      key: { clock: "media", value: NOW_MS + PHONE_AHEAD_MS - 40 },
      widthPx: 640,
      heightPx: 480,
      jpegBytes: 30_000,
      receivedAtMs: NOW_MS,
    });
  const found = (frameId: number, { isLate = false, clock = null as ClockEstimate | null } = {}) =>
    worker().say({
      ...{ kind: "found", frameId, isLate, isPresented: !isLate, clock, readyAtMs: NOW_MS },
      ...answerOf(resultOf(frameId, NOW_MS), new Map([["dog", 1]])),
    });
  const dropped = (frameId: number, cause: FrameDropCause) =>
    worker().say({ kind: "dropped", frameId, cause });
  return {
    ...{ detector, sources, states, results, losses, arrived, workers, worker, keys, feed },
    ...{ start, picture, found, dropped, events: () => events!, isClosed: () => isClosed },
  };
}

Deno.test("RelayedDetector has the phone's pictures examined where they are, while they are wanted", () => {
  const { detector, sources, start, states } = setup();
  assert.deepEqual(sources, [{ phone: null, clockOffsetMs: null, minIntervalMs: 0 }]);
  start();
  assert.deepEqual(states, [{ kind: "connected", transport: "websocket", runMs: 12 }]);
  assert.equal(detector.expectedMs, 12);
  detector.setEffort(effortFor("paused", "balanced"));
  detector.setEffort(effortFor("reduced", "balanced"));
  detector.setFeed(null);
  assert.deepEqual(sources.slice(1).map(({ phone }) => phone), [PHONE, null, PHONE, null]);
  const { minIntervalMs } = effortFor("reduced", "balanced");
  assert.deepEqual(sources.map((source) => source.minIntervalMs), [
    ...[0, 0, 0],
    ...[minIntervalMs, minIntervalMs],
  ]);
});

Deno.test("RelayedDetector ties a result to the very picture that came, and measures only what there is", () => {
  const { start, picture, found, results, arrived } = setup();
  start();
  picture(7);
  picture(8);
  found(8);
  const [result] = results;
  assert.equal(results.length, 1);
  assert.deepEqual(result!.key, arrived.get(8)!.key);
  assert.deepEqual([result!.widthPx, result!.heightPx], [640, 480]);
  assert.equal(result!.detections[0]!.classId, 1);
  const { encodeMs, roundTripMs, jpegQuality, serverMs } = result!.remote!;
  assert.deepEqual([encodeMs, roundTripMs, jpegQuality, serverMs], [null, null, null, 15]);
  assert.deepEqual(result!.stages, { run: 12 });
});

Deno.test("RelayedDetector counts no result that is late, of no picture, or after its end", () => {
  const { start, picture, found, dropped, results, losses, detector, worker } = setup();
  start();
  for (const id of [1, 2, 3]) picture(id);
  found(2);
  found(1, { isLate: true });
  found(9);
  dropped(3, "superseded");
  found(3);
  assert.deepEqual(results.map(({ counts }) => counts), [
    { received: 9, processed: 1, dropped: {} },
    { received: 9, processed: 2, dropped: { late: 2, superseded: 1 } },
  ]);
  assert.deepEqual(results.map(({ isPresented }) => isPresented), [true, true]);
  assert.deepEqual(losses, [0]);
  detector.close();
  assert.equal(worker().isTerminated, true);
});

Deno.test("RelayedDetector tells the server of the phone's clock, once both are known", () => {
  const { start, picture, found, sources } = setup();
  start();
  picture(1);
  found(1);
  assert.equal(sources.at(-1)!.clockOffsetMs, null);
  const clock = { offsetMs: SERVER_AHEAD_MS, errorMs: 1, roundTripMs: 2, driftPpm: null };
  found(1, { clock });
  const { clockOffsetMs } = sources.at(-1)!;
  assert.equal(clockOffsetMs, SERVER_AHEAD_MS - PHONE_AHEAD_MS);
  const said = sources.length;
  found(1, { clock });
  assert.equal(sources.length, said, "nothing new");
});

Deno.test("RelayedDetector gives its Worker topic, keys and painter, and the next one anew", () => {
  const { start, workers, worker, keys, feed, events, states, isClosed } = setup();
  assert.deepEqual(worker().sent, [{ kind: "hear", labels: MODEL.labels, keys: keys[0] }]);
  start();
  assert.equal(feed.attached, 1);
  const heard: string[] = [];
  const give = () =>
    events().takeTopic(new FakeTopic(4).port, {
      onOpen: (transport) => heard.push(transport),
      onClose: () => heard.push("close"),
      onGone() {
        heard.push("gone");
        give();
      },
    });
  give();
  worker().say({ kind: "topic", id: worker().of("topic")[0]!.id, transport: "stream" });
  worker().die();
  assert.deepEqual([heard, keys.length], [["stream", "gone"], 2]);
  assert.deepEqual(worker().sent.map(({ kind }) => kind), ["hear", "topic"]);
  worker().say({ kind: "ready", warmEncodeMs: 0 });
  assert.equal(feed.attached, 1);
  worker().die();
  assert.deepEqual([states.at(-1)?.kind, isClosed(), workers.length], ["failed", true, 2]);
});
