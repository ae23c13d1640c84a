import assert from "node:assert/strict";
import type { FrameDropCause, PeerId, RelayedSource, ServedModel } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { DetectorState, RelayedFrame } from "./detector.ts";
import { effortFor } from "./effort.ts";
import type { FrameStream, FrameStreamEvents } from "./frame_stream.ts";
import { FakeTopic } from "../link/testing/fake_topics.ts";
import { RelayedDetector } from "./relayed_detector.ts";
import { FakeFeed } from "./testing/fake_worker.ts";
import { pongTo, resultOf, SERVER_AHEAD_MS } from "./testing/server_words.ts";
import type { FrameResult } from "./worker_messages.ts";

const MODEL = { id: "m", labels: ["person", "dog"] } as unknown as ServedModel;
const PHONE = "p" as PeerId;

/** The phone's clock is this far ahead of the page's. */
const PHONE_AHEAD_MS = 7_000;

function setup() {
  const timers = new FakeTimers();
  const nowMs = () => 1_000_000 + timers.nowMs();
  const sources: RelayedSource[] = [];
  const states: DetectorState[] = [];
  const results: FrameResult[] = [];
  const losses: number[] = [];
  const arrived = new Map<number, RelayedFrame>();
  let events: FrameStreamEvents | undefined;
  const stream: FrameStream = {
    bufferedBytes: 0,
    setSettings: (_settings, relayed) => void sources.push(relayed!),
    maxMessageBytes: 1000,
    send: () => assert.fail("no frame is to be sent"),
    giveUpTransport() {},
    expectAnswers() {},
    close() {},
  };
  const detector = new RelayedDetector({
    model: MODEL,
    settings: { scoreThreshold: 0.4, iouThreshold: 0.5, classes: null },
    frames: { phone: PHONE, received: 9, of: (id) => arrived.get(id) ?? null },
    timers,
    log: () => {},
    epochMs: nowMs,
    captureOf: (key) => ({ timeMs: key!.value - PHONE_AHEAD_MS, clock: "phone", errorMs: 1 }),
    openStream(_settings, given, relayed) {
      sources.push(relayed);
      events = given;
      return stream;
    },
    onState: (state) => states.push(state),
    onResult: (result) => results.push(result),
    onLoss: (ageMs) => losses.push(ageMs),
  });
  const topic = new FakeTopic(4);
  const texts = () => topic.sent.map(String);
  const say = (message: object) => topic.hear(JSON.stringify(message));
  const start = () => {
    events!.takeTopic(topic.port, { onOpen() {}, onClose() {}, onGone() {} });
    topic.link("websocket");
    topic.hear("open");
    events!.onState({ kind: "open", transport: "websocket", runMs: 12 });
    detector.setFeed(new FakeFeed());
  };
  /** A picture comes to this page. */
  const picture = (frameId: number) =>
    arrived.set(frameId, {
      key: { clock: "media", value: nowMs() + PHONE_AHEAD_MS - 40 },
      widthPx: 640,
      heightPx: 480,
      jpegBytes: 30_000,
      receivedAtMs: nowMs(),
    });
  const found = (frameId: number) => say(resultOf(frameId, nowMs()));
  const dropped = (frameId: number, cause: FrameDropCause) =>
    say({ type: "drop", frame_id: String(frameId), cause });
  const pong = () => say(pongTo(texts(), nowMs()));
  return {
    timers,
    detector,
    sources,
    states,
    results,
    losses,
    arrived,
    start,
    picture,
    found,
    dropped,
    pong,
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

Deno.test("RelayedDetector shows no result that is late, of no picture, or after its end", () => {
  const { start, picture, found, dropped, results, losses, detector, timers } = setup();
  start();
  for (const id of [1, 2, 3]) picture(id);
  found(2);
  found(1);
  found(9);
  dropped(3, "superseded");
  found(3);
  assert.deepEqual(results.map(({ counts }) => counts), [
    { received: 9, processed: 1, dropped: {} },
    { received: 9, processed: 2, dropped: { late: 2, superseded: 1 } },
  ]);
  assert.deepEqual(losses, [0]);
  detector.close();
  found(3);
  assert.deepEqual([results.length, timers.pending], [2, 0]);
});

Deno.test("RelayedDetector tells the server of the phone's clock, once both are known", () => {
  const { start, picture, found, pong, sources } = setup();
  start();
  picture(1);
  found(1);
  assert.equal(sources.at(-1)!.clockOffsetMs, null);
  pong();
  picture(2);
  found(2);
  const { clockOffsetMs } = sources.at(-1)!;
  assert.ok(Math.abs(clockOffsetMs! - (SERVER_AHEAD_MS - PHONE_AHEAD_MS)) < 1, `${clockOffsetMs}`);
  const said = sources.length;
  picture(3);
  found(3);
  assert.equal(sources.length, said, "no news");
});
