/** Frames to the server and what comes back. Long for the one scene that all of it needs. */
import assert from "node:assert/strict";
import type { FrameResultMessage, OutgoingFrame, ServedModel } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { DetectorState } from "./detector.ts";
import { effortFor } from "./effort.ts";
import type { FromEncoder, ToEncoder } from "./encoder_messages.ts";
import type { FrameStream, FrameStreamEvents, FrameStreamState } from "./frame_stream.ts";
import { RemoteDetector, SLOT_TIMEOUT_MS } from "./remote_detector.ts";
import { FakeFeed, FakeWorker } from "./testing/fake_worker.ts";
import { pongTo, resultOf, SERVER_AHEAD_MS } from "./testing/server_words.ts";
import type { FrameResult } from "./worker_messages.ts";

const MODEL = {
  id: "m",
  sha256: "abc",
  labels: ["person", "dog"],
  input: { widthPx: 416, heightPx: 416, placement: "center" },
} as unknown as ServedModel;

/** Frames were taken this long before the page received them. */
const TO_CAPTURE_MS = 80;

class FakeStream implements FrameStream {
  bufferedBytes = 0;
  isClosed = false;
  givenUp = 0;
  readonly frames: OutgoingFrame[] = [];
  readonly texts: string[] = [];

  setSettings(): void {}
  sendFrame(frame: OutgoingFrame): boolean {
    return this.frames.push(frame) > 0;
  }
  sendText(text: string): boolean {
    return this.texts.push(text) > 0;
  }
  giveUpTransport(): void {
    this.givenUp += 1;
  }
  close(): void {
    this.isClosed = true;
  }
}

function setup() {
  const timers = new FakeTimers();
  const stream = new FakeStream();
  const workers: FakeWorker<ToEncoder, FromEncoder>[] = [];
  const states: DetectorState[] = [];
  const results: FrameResult[] = [];
  const losses: number[] = [];
  let events: FrameStreamEvents | undefined;
  const detector = new RemoteDetector({
    model: MODEL,
    settings: { scoreThreshold: 0.4, iouThreshold: 0.5, classes: [1] },
    timers,
    log: () => {},
    epochMs: () => 1_000_000 + timers.nowMs(),
    captureOf: (key, receivedAtMs) => ({
      timeMs: receivedAtMs - TO_CAPTURE_MS,
      clock: key === null ? "receiveTime" : "captureTime",
      errorMs: null,
    }),
    startWorker: () => workers[workers.push(new FakeWorker()) - 1]!,
    openStream(_settings, given) {
      events = given;
      return stream;
    },
    onState: (state) => states.push(state),
    onResult: (result) => results.push(result),
    onLoss: (ageMs) => losses.push(ageMs),
  });
  const nowMs = () => 1_000_000 + timers.nowMs();
  const become = (state: FrameStreamState) => events!.onState(state);
  const say = (message: unknown) => events!.onText(JSON.stringify(message));
  /** Everything is up and frames flow. */
  const start = () => {
    workers[0]!.say({ kind: "ready", warmEncodeMs: 4 });
    become({ kind: "open", transport: "datachannel", runMs: 12 });
    detector.setFeed(new FakeFeed());
  };
  /** The encoder answers the request at `index`. */
  const encode = (index: number, { receivedAtMs = nowMs() } = {}) => {
    const { frameId, quality } = workers.at(-1)!.of("encode")[index]!;
    workers.at(-1)!.say({
      kind: "encoded",
      counts: { received: 9, superseded: 3, error: 0 },
      frame: {
        frameId,
        quality,
        key: { clock: "rtp", value: 1000 + frameId },
        jpeg: new Uint8Array(100),
        widthPx: 416,
        heightPx: 312,
        frameWidthPx: 640,
        frameHeightPx: 480,
        receivedAtMs,
        grabbedAtMs: receivedAtMs,
        grabMs: 1,
        encodeMs: 5,
      },
    });
  };
  const result = (frameId: number, more: Partial<FrameResultMessage> = {}) =>
    say(resultOf(frameId, nowMs(), more));
  const asked = () => workers.at(-1)!.of("encode").length;
  const pong = () => say(pongTo(stream.texts, nowMs()));
  return {
    timers,
    stream,
    workers,
    states,
    results,
    losses,
    detector,
    become,
    say,
    start,
    encode,
    result,
    asked,
    pong,
    nowMs,
  };
}

function test(name: string, run: (scene: ReturnType<typeof setup>) => void | Promise<void>): void {
  Deno.test(`RemoteDetector ${name}`, async () => {
    const scene = setup();
    await run(scene);
    scene.detector.close();
  });
}

test("asks for frames only while there is room, and for the next with each answer", (scene) => {
  const { start, asked, encode, result, stream, results } = scene;
  start();
  assert.equal(asked(), 2, "as many as may be in flight");
  encode(0);
  encode(1);
  assert.equal(asked(), 2);
  assert.deepEqual(stream.frames.map(({ frameId }) => frameId), [0, 1]);
  result(0);
  assert.equal(asked(), 3);
  assert.equal(results.length, 1);
});

test("ties a result to its frame, with what was measured of its way", async (scene) => {
  const { start, encode, result, results, timers } = scene;
  start();
  encode(0);
  await timers.advance(40);
  result(0, { stages_ms: { jpegDecode: 1, run: 12 } });
  const [{ key, widthPx, detections, stages, remote, counts }] = results as [FrameResult];
  assert.deepEqual(key, { clock: "rtp", value: 1000 });
  assert.equal(widthPx, 640, "the size of the frame, not of its JPEG");
  assert.deepEqual(detections.map(({ classId }) => classId), [1]);
  assert.deepEqual(stages, { wait: 0, grab: 1, run: 12 }, "nothing that was not measured");
  assert.deepEqual([remote?.roundTripMs, remote?.serverMs, remote?.queueMs, remote?.encodeMs], [
    40,
    15,
    2,
    5,
  ]);
  assert.deepEqual([counts.received, counts.processed, counts.dropped.superseded], [9, 1, 3]);
});

test("shows no late, doubled or unknown result, and counts each", async (scene) => {
  const { start, encode, result, results, losses, asked, timers } = scene;
  start();
  encode(0);
  encode(1);
  await timers.advance(SLOT_TIMEOUT_MS);
  assert.equal(losses.length, 2);
  assert.equal(asked(), 4, "their slots are free again");
  result(0);
  result(77);
  assert.equal(results.length, 0);
  encode(2);
  result(2);
  result(2);
  assert.equal(results.length, 1);
  assert.deepEqual([results[0]!.counts.dropped.lost, results[0]!.counts.dropped.late], [2, 2]);
});

test("frees the slot of a frame that the server gave up", (scene) => {
  const { start, encode, say, result, asked, losses, results } = scene;
  start();
  encode(0);
  encode(1);
  say({ type: "drop", frame_id: "0", cause: "superseded" });
  assert.equal(asked(), 3);
  assert.equal(losses.length, 1);
  result(1);
  assert.equal(results[0]!.counts.dropped.superseded, 4, "here three, on the server one");
});

test("does not queue on a slow network, and drops what is too old to be sent", async (scene) => {
  const { start, encode, stream, asked, losses, timers, nowMs } = scene;
  stream.bufferedBytes = 100_000;
  start();
  assert.equal(asked(), 0);
  stream.bufferedBytes = 0;
  await timers.advance(20);
  assert.equal(asked(), 2);
  encode(0, { receivedAtMs: nowMs() - 600 });
  assert.equal(stream.frames.length, 0);
  assert.deepEqual(losses, [600]);
});

test("keeps to the effort that it is given", async (scene) => {
  const { start, encode, result, asked, workers, timers, detector } = scene;
  detector.setEffort(effortFor("latest-only", "balanced"));
  start();
  assert.equal(asked(), 1);
  assert.deepEqual(workers[0]!.of("encode")[0]!.target.boundPx, { widthPx: 320, heightPx: 240 });
  assert.equal(workers[0]!.of("encode")[0]!.quality, 0.5);
  encode(0);
  result(0);
  assert.equal(asked(), 1);
  await timers.advance(200);
  assert.equal(asked(), 2);
  detector.setEffort(effortFor("paused", "balanced"));
  encode(1);
  result(1);
  await timers.advance(900);
  assert.equal(asked(), 2);
  detector.setEffort(effortFor("full", "balanced"));
  assert.equal(asked(), 4);
});

test("sends the capture time on the server's clock once that is known", async (scene) => {
  const { start, encode, stream, pong, timers, nowMs, detector } = scene;
  start();
  encode(0);
  assert.deepEqual([stream.frames[0]!.captureTimeMs, stream.frames[0]!.captureClock], [null, null]);
  await timers.advance(10);
  pong();
  assert.equal(detector.expectedMs, 4 + 10 + 12, "encoding, the way and the server's own run");
  encode(1, { receivedAtMs: nowMs() - 30 });
  assert.equal(stream.frames[1]!.captureTimeMs, nowMs() - 30 - TO_CAPTURE_MS + SERVER_AHEAD_MS + 5);
  assert.deepEqual([stream.frames[1]!.captureClock, stream.frames[1]!.ageMs], ["captureTime", 30]);
});

test("gives up a transport on which the server is silent", async (scene) => {
  const { start, stream, pong, timers } = scene;
  start();
  for (let second = 0; second < 10; second++) {
    pong();
    await timers.advance(1000);
  }
  assert.equal(stream.givenUp, 0);
  await timers.advance(4000);
  assert.equal(stream.givenUp, 1);
});

test("goes on over another transport without waiting for what the old one lost", (scene) => {
  const { start, become, encode, asked, states, result, results } = scene;
  start();
  encode(0);
  encode(1);
  become({ kind: "open", transport: "websocket", runMs: 12 });
  assert.equal(asked(), 4);
  assert.deepEqual(states.at(-1), { kind: "connected", transport: "websocket", runMs: 12 });
  result(0);
  assert.equal(results.length, 0);
});

test("says what the server does, and goes on when that is over", (scene) => {
  const { start, become, encode, result, results, states, stream } = scene;
  start();
  become({ kind: "waiting", cause: "restarting" });
  const waiting = states.at(-1)!;
  assert.match(waiting.kind === "waiting" ? waiting.message : "", /restarting/);
  become({ kind: "open", transport: "datachannel", runMs: 12 });
  encode(0);
  result(0);
  assert.equal(results.length, 1);
  become({ kind: "ended", cause: "unavailable" });
  assert.deepEqual(states.at(-1)?.kind, "failed");
  assert.equal(stream.isClosed, true);
});

test("replaces a dead encoder once, and ignores frames of a former source", (scene) => {
  const { start, workers, states, encode, detector, stream } = scene;
  start();
  workers[0]!.die();
  assert.deepEqual([workers.length, workers[0]!.isTerminated], [2, true]);
  workers[1]!.say({ kind: "ready", warmEncodeMs: 4 });
  detector.setFeed(new FakeFeed());
  encode(0);
  assert.equal(stream.frames.length, 0, "asked for before the source changed");
  encode(2);
  assert.equal(stream.frames.length, 1);
  workers[1]!.die();
  assert.equal(states.at(-1)?.kind, "failed");
});

test("takes no message that is not of the protocol for a result", (scene) => {
  const { start, encode, say, result, results } = scene;
  start();
  encode(0);
  for (const message of [null, {}, [], { frame_id: "0" }, { type: "drop", frame_id: "0" }]) {
    say(message);
  }
  assert.equal(results.length, 0);
  result(0, { detections: [{ label: "unicorn", score: 1, xmin: 0, ymin: 0, xmax: 1, ymax: 1 }] });
  assert.equal(results.length, 0, "a label that the model has not");
});

test("leaves neither timer nor Worker nor stream once it is closed", (scene) => {
  const { start, detector, timers, workers, stream } = scene;
  start();
  detector.close();
  assert.equal(timers.pending, 0);
  assert.equal(workers[0]!.isTerminated, true);
  assert.equal(stream.isClosed, true);
});
