/** What the page does for server mode: its ways to the server, and the Worker that has the frames. */
import assert from "node:assert/strict";
import type { ServedModel } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import type { DetectorState } from "./detector.ts";
import { effortFor } from "./effort.ts";
import { DRAIN_MS, type FromFlow, MAX_BUFFERED_BYTES, type ToFlow } from "./flow_messages.ts";
import type { FrameStream, FrameStreamEvents, FrameStreamState } from "./frame_stream.ts";
import { FakeTopic } from "../link/testing/fake_topics.ts";
import { RemoteDetector } from "./remote_detector.ts";
import { FakeFeed, FakeWorker } from "./testing/fake_worker.ts";
import type { FrameResult } from "./worker_messages.ts";

const MODEL = { id: "m", labels: ["person", "dog"] } as unknown as ServedModel;

const CHANNELS = { frames: {} as RTCDataChannel, results: {} as RTCDataChannel };

class FakeStream implements FrameStream {
  maxMessageBytes = 1000;
  bufferedBytes = 0;
  isClosed = false;
  givenUp = 0;
  readonly sent: unknown[] = [];
  readonly expected: boolean[] = [];

  setSettings(): void {}
  send(message: Uint8Array | string): boolean {
    return this.sent.push(message) > 0;
  }
  giveUpTransport(): void {
    this.givenUp += 1;
  }
  expectAnswers(isExpected: boolean): void {
    this.expected.push(isExpected);
  }
  close(): void {
    this.isClosed = true;
  }
}

function setup() {
  const timers = new FakeTimers();
  const stream = new FakeStream();
  const workers: FakeWorker<ToFlow, FromFlow>[] = [];
  const states: DetectorState[] = [];
  const results: FrameResult[] = [];
  const heard: string[] = [];
  const nowMs = () => 1_000_000 + timers.nowMs();
  let events: FrameStreamEvents | undefined;
  const detector = new RemoteDetector({
    model: MODEL,
    settings: { scoreThreshold: 0.4, iouThreshold: 0.5, classes: [1] },
    timers,
    epochMs: nowMs,
    captureOf: (key, receivedAtMs) => ({
      timeMs: receivedAtMs - 80,
      clock: key?.clock === "rtp" ? "captureTime" : "receiveTime",
      errorMs: null,
    }),
    startWorker: () => workers[workers.push(new FakeWorker()) - 1]!,
    openStream(_settings, given) {
      events = given;
      return stream;
    },
    onState: (state) => states.push(state),
    onResult: (result) => results.push(result),
    onLoss() {},
  });
  const worker = () => workers.at(-1)!;
  const become = (state: FrameStreamState) => events!.onState(state);
  /** A connection is begun: whether its channels were taken. */
  const connect = () =>
    events!.takeChannels!(CHANNELS, {
      onOpen: () => heard.push("open"),
      onClose: () => heard.push("close"),
    });
  /** The stream has a topic: its port. */
  const takeTopic = () => {
    const { port } = new FakeTopic(4);
    events!.takeTopic(port, {
      onOpen: (transport) => heard.push(transport),
      onClose: () => heard.push("close"),
      onGone() {
        heard.push("gone");
        takeTopic();
      },
    });
    return port;
  };
  const ready = () => worker().say({ kind: "ready", warmEncodeMs: 4 });
  const open = (transport: "datachannel" | "websocket" = "datachannel") =>
    become({ kind: "open", transport, runMs: 12 });
  const route = () => worker().of("route").at(-1)?.route;
  const text = (said: string) => events!.onText!(said);
  const result = (receivedAtMs: number, clock: "rtp" | "media" = "rtp") => {
    const key = { clock, value: 7 } as const;
    const facts = { key, grabbedAtMs: receivedAtMs + 3, waitedMs: 3 } as FrameResult;
    worker().say({ kind: "result", result: facts });
  };
  return {
    ...{ timers, stream, workers, worker, states, results, heard, detector, nowMs },
    ...{ become, connect, takeTopic, ready, open, route, text, result },
  };
}

function test(name: string, run: (scene: ReturnType<typeof setup>) => void | Promise<void>): void {
  Deno.test(`RemoteDetector ${name}`, async () => {
    const scene = setup();
    await run(scene);
    scene.detector.close();
    assert.equal(scene.timers.pending, 0, "no timer is left");
  });
}

test("hands channels to the Worker, says what becomes of them, and sends nothing itself", (scene) => {
  const { connect, worker, ready, open, route, heard, stream } = scene;
  assert.equal(connect(), true);
  const { id, frames, results } = worker().of("channels")[0]!;
  assert.deepEqual([frames, results], [CHANNELS.frames, CHANNELS.results]);
  ready();
  assert.equal(route(), null, "they are not open yet");
  worker().say({ kind: "channels", id: id + 1, isOpen: true });
  assert.deepEqual(heard, [], "others");
  worker().say({ kind: "channels", id, isOpen: true });
  open();
  assert.equal(route(), "channels");
  worker().say({ kind: "channels", id, isOpen: false });
  assert.deepEqual(heard, ["open", "close"]);
  assert.deepEqual(stream.sent, []);
});

test("hands the topic to the Worker, and gives a Worker that takes its place another", (scene) => {
  const { takeTopic, worker, ready, open, route, heard, stream } = scene;
  const port = takeTopic();
  const { id } = worker().of("topic")[0]!;
  assert.equal(worker().of("topic")[0]!.port, port);
  ready();
  worker().say({ kind: "topic", id, transport: "stream" });
  worker().say({ kind: "topic", id: id + 1, transport: null });
  assert.deepEqual(heard, ["stream"]);
  open("websocket");
  assert.equal(route(), "topic");
  worker().say({ kind: "topic", id, transport: null });
  worker().die();
  assert.deepEqual([heard, worker().of("topic").length], [["stream", "close", "gone"], 1]);
  assert.ok(worker().of("topic")[0]!.id > id);
  assert.deepEqual(stream.sent, []);
});

test("uses channels here that cannot be handed on", (scene) => {
  const { connect, worker, ready, open, route, text, stream } = scene;
  const post = worker().postMessage;
  worker().postMessage = function (message) {
    if (message.kind === "channels") throw new DOMException("not here", "DataCloneError");
    post.call(this, message);
  };
  assert.equal(connect(), false);
  ready();
  open();
  assert.deepEqual([route(), worker().of("route").at(-1)!.maxMessageBytes], ["page", 1000]);
  worker().say({ kind: "send", message: "ping" });
  text("pong");
  assert.deepEqual([stream.sent, worker().of("text")[0]?.text], [["ping"], "pong"]);
});

test("tells the Worker of room only when there is some", async (scene) => {
  const { ready, open, worker, stream, timers } = scene;
  ready();
  open();
  worker().say({ kind: "send", message: new Uint8Array(5) });
  assert.deepEqual(worker().of("sent").map(({ bytes }) => bytes), [5]);
  stream.bufferedBytes = MAX_BUFFERED_BYTES + 1;
  worker().say({ kind: "send", message: new Uint8Array(6) });
  worker().say({ kind: "send", message: new Uint8Array(7) });
  await timers.advance(3 * DRAIN_MS);
  assert.equal(worker().of("sent").length, 1);
  stream.bufferedBytes = 0;
  await timers.advance(DRAIN_MS);
  assert.deepEqual(worker().of("sent").map(({ bytes }) => bytes), [5, 13]);
});

test("passes results of the present source on, and marks when the camera took them", (scene) => {
  const { ready, open, detector, result, results, nowMs, worker } = scene;
  ready();
  open();
  detector.setFeed(new FakeFeed());
  result(nowMs() - 1);
  assert.equal(results.length, 0, "of the source before");
  result(nowMs());
  result(nowMs(), "media");
  assert.equal(results.length, 2);
  const key = { clock: "rtp", value: 7 } as const;
  assert.deepEqual(worker().of("capture").map(({ mark }) => mark), [
    { key, timeMs: nowMs() - 80, clock: "captureTime" },
  ], "none where it is not known");
});

test("gives the Worker frames, effort and route once it is ready", (scene) => {
  const { ready, open, detector, worker, states, stream } = scene;
  const feed = new FakeFeed();
  detector.setEffort(effortFor("full", "low"));
  detector.setFeed(feed);
  open();
  assert.deepEqual([feed.attached, worker().of("effort").length, states.at(-1)?.kind], [
    0,
    0,
    "connecting",
  ]);
  ready();
  assert.deepEqual([feed.attached, worker().of("effort").length], [1, 1]);
  worker().say({ kind: "accepted" });
  assert.equal(feed.accepted, 1);
  assert.deepEqual(states.at(-1), { kind: "connected", transport: "datachannel", runMs: 12 });
  detector.setFeed(null);
  assert.deepEqual(stream.expected, [true, false]);
});

test("knows what a frame takes once all parts are measured", (scene) => {
  const { ready, open, detector, worker } = scene;
  ready();
  open();
  assert.equal(detector.expectedMs, null);
  worker().say({ kind: "pong", roundTripMs: 10 });
  assert.equal(detector.expectedMs, 4 + 10 + 12, "encoding, the way and the server's own run");
  open("websocket");
  assert.equal(detector.expectedMs, null, "another way");
});

test("replaces a dead Worker once; channels that it had are closed", (scene) => {
  const { connect, ready, open, detector, workers, worker, heard, states, stream, route } = scene;
  const feed = new FakeFeed();
  detector.setFeed(feed);
  connect();
  ready();
  open();
  workers[0]!.die();
  assert.deepEqual([workers.length, workers[0]!.isTerminated, heard], [2, true, ["close"]]);
  assert.equal(states.at(-1)?.kind, "connecting");
  assert.equal(connect(), true);
  ready();
  open();
  assert.deepEqual([feed.attached, worker().of("channels").length, route()], [1, 1, "channels"]);
  worker().die();
  assert.deepEqual([states.at(-1)?.kind, stream.isClosed], ["failed", true]);
});

test("says what the server does, and gives up a transport on which it is silent", (scene) => {
  const { ready, open, become, states, stream, worker, route } = scene;
  ready();
  open();
  const silent = () => ({ kind: "silent", routeId: worker().of("route").at(-1)!.id }) as const;
  const before = silent();
  become({ kind: "connecting" });
  open();
  worker().say(before);
  assert.equal(stream.givenUp, 0, "on the one before");
  worker().say(silent());
  assert.equal(stream.givenUp, 1);
  become({ kind: "waiting", cause: "restarting" });
  const waiting = states.at(-1)!;
  assert.match(waiting.kind === "waiting" ? waiting.message : "", /restarting/);
  assert.equal(route(), null);
  become({ kind: "ended", cause: "unavailable" });
  assert.deepEqual(states.at(-1)?.kind, "failed");
  assert.deepEqual([stream.isClosed, worker().isTerminated], [true, true]);
});
