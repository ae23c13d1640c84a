/** Frames to the server and what comes back. Long for the one scene that all of it needs. */
import assert from "node:assert/strict";
import {
  decodeChunk,
  FRAME_DEADLINE_MS,
  FRAME_HEADER_BYTES,
  type FrameResultMessage,
  type ServedModel,
} from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import { FakeTimers, settle } from "../base/testing/fake_timers.ts";
import { effortFor } from "./effort.ts";
import { type FlowTransport, FrameFlow, SLOT_TIMEOUT_MS } from "./frame_flow.ts";
import { InputFrame } from "./frame_reader.ts";
import type { JpegEncoder } from "./jpeg_encoder.ts";
import { pongTo, resultOf, SERVER_AHEAD_MS } from "./testing/server_words.ts";
import type { FrameResult } from "./worker_messages.ts";

const MODEL = {
  id: "m",
  labels: ["person", "dog"],
  input: { widthPx: 416, heightPx: 416, placement: "center" },
} as unknown as ServedModel;

/** Frames were taken this long before the page received them. */
const TO_CAPTURE_MS = 80;

class FakeTransport implements FlowTransport {
  maxMessageBytes = 60_000;
  bufferedBytes = 0;
  isHeld = false;
  readonly chunks: Uint8Array[] = [];
  readonly texts: string[] = [];
  isFull = false;

  get frames() {
    return this.chunks.map((chunk) => decodeChunk(chunk));
  }

  send(message: Uint8Array<ArrayBuffer> | string): boolean {
    if (typeof message === "string") return this.texts.push(message) > 0;
    return !this.isFull && this.chunks.push(message) > 0;
  }
}

type Encode = JpegEncoder["encode"];

function setup() {
  const timers = new FakeTimers();
  const transport = new FakeTransport();
  const results: { result: FrameResult; port: PortLike | null }[] = [];
  const losses: number[] = [];
  const failures: unknown[] = [];
  const encodings: Parameters<Encode>[1][] = [];
  const waiting: InputFrame[] = [];
  const wanted: number[] = [];
  const port = { postMessage() {}, close() {} } as unknown as PortLike;
  const nowMs = () => 1_000_000 + timers.nowMs();
  let silences = 0;
  let encodeResult: () => Promise<void> = () => Promise.resolve();
  let closed = 0;
  const flow = new FrameFlow({
    model: MODEL,
    timers,
    log: () => {},
    epochMs: nowMs,
    intake: {
      counts: { received: 9, superseded: 3 },
      take(sinceMs) {
        wanted.push(sinceMs);
        return waiting.shift() ?? null;
      },
    },
    encoder: {
      async encode(_frame, how, onGrabbed) {
        encodings.push(how);
        onGrabbed();
        await encodeResult();
        return {
          jpeg: new Uint8Array(100),
          widthPx: 416,
          heightPx: 312,
          frameWidthPx: 640,
          frameHeightPx: 480,
          grabMs: 1,
          encodeMs: 5,
        };
      },
    },
    onResult: (result, port) => results.push({ result, port }),
    onLoss: (ageMs) => losses.push(ageMs),
    onPong() {},
    onSilent: () => silences += 1,
    onFailed: (error) => failures.push(error),
  });
  let count = 0;
  /** A frame comes, and is encoded if it is taken. */
  const frame = async (receivedAtMs = nowMs()) => {
    const key = { clock: "rtp", value: 90 * count++ } as const;
    const pixels = { close: () => closed += 1 } as unknown as VideoFrame;
    waiting.push(new InputFrame(pixels, key, { receivedAtMs, port }));
    flow.pump();
    await settle();
  };
  const say = (message: unknown) => flow.receive(JSON.stringify(message));
  const result = (frameId: number, more: Partial<FrameResultMessage> = {}) =>
    say(resultOf(frameId, nowMs(), more));
  return {
    ...{ timers, transport, results, losses, failures, encodings, waiting, wanted, port, flow },
    ...{ nowMs, frame, say, result },
    start: () => flow.setTransport(transport),
    pong: () => say(pongTo(transport.texts, nowMs())),
    ids: () => transport.frames.map(({ frameId }) => frameId),
    silences: () => silences,
    closed: () => closed,
    encodeWith: (wait: () => Promise<void>) => encodeResult = wait,
  };
}

function test(name: string, run: (scene: ReturnType<typeof setup>) => void | Promise<void>): void {
  Deno.test(`FrameFlow ${name}`, async () => await run(setup()));
}

test("takes frames only while there is room, and the next with each answer", async (scene) => {
  const { start, frame, ids, result, waiting, results, encodings } = scene;
  await frame();
  assert.equal(encodings.length, 0, "nothing is open");
  start();
  await settle();
  await frame();
  await frame();
  assert.deepEqual([ids(), waiting.length], [[0, 1], 1], "as many as may be in flight");
  result(0);
  await settle();
  assert.deepEqual([ids(), waiting.length], [[0, 1, 2], 0]);
  assert.equal(results.length, 1);
});

test("ties a result to its frame and to where that was asked for", async (scene) => {
  const { start, frame, result, results, timers, port } = scene;
  start();
  await frame();
  await timers.advance(40);
  result(0, { stages_ms: { jpegDecode: 1, run: 12 } });
  assert.equal(results[0]!.port, port);
  const { key, widthPx, detections, stages, remote, counts, isPresented } = results[0]!.result;
  assert.deepEqual([key, isPresented], [{ clock: "rtp", value: 0 }, true]);
  assert.equal(widthPx, 640, "the size of the frame, not of its JPEG");
  assert.deepEqual(detections.map(({ classId }) => classId), [1]);
  assert.deepEqual(stages, { wait: 0, grab: 1, run: 12 }, "nothing that was not measured");
  assert.deepEqual(
    [remote?.roundTripMs, remote?.serverMs, remote?.queueMs, remote?.encodeMs],
    [40, 15, 2, 5],
  );
  assert.deepEqual([counts.received, counts.processed, counts.dropped.superseded], [9, 1, 3]);
});

test("cuts a frame into messages that fit, all or nothing", async (scene) => {
  const { start, frame, transport, losses } = scene;
  transport.maxMessageBytes = FRAME_HEADER_BYTES + 40;
  start();
  await frame();
  assert.deepEqual(transport.frames.map(({ chunkIndex, chunkCount }) => [chunkIndex, chunkCount]), [
    [0, 3],
    [1, 3],
    [2, 3],
  ]);
  transport.isFull = true;
  await frame();
  assert.deepEqual(losses, [0]);
});

test("shows no late, doubled or unknown result, and counts each", async (scene) => {
  const { start, frame, result, results, losses, ids, timers } = scene;
  start();
  await frame();
  await frame();
  await timers.advance(SLOT_TIMEOUT_MS);
  assert.equal(losses.length, 2);
  result(0);
  result(77);
  assert.equal(results.length, 0);
  await frame();
  assert.deepEqual(ids(), [0, 1, 2], "their slots are free again");
  result(2);
  result(2);
  assert.equal(results.length, 1);
  const { dropped } = results[0]!.result.counts;
  assert.deepEqual([dropped.lost, dropped.late], [2, 2]);
});

test("frees the slot of a frame that the server gave up", async (scene) => {
  const { start, frame, say, result, ids, losses, results } = scene;
  start();
  await frame();
  await frame();
  say({ type: "drop", frame_id: "0", cause: "superseded" });
  await frame();
  assert.equal(ids().length, 3);
  assert.equal(losses.length, 1);
  result(1);
  assert.equal(results[0]!.result.counts.dropped.superseded, 4, "here three, on the server one");
});

test("does not queue on a slow network, and drops what is too old to be sent", async (scene) => {
  const { start, frame, transport, ids, losses, timers, nowMs, encodeWith } = scene;
  transport.bufferedBytes = 100_000;
  start();
  await frame();
  assert.equal(ids().length, 0);
  transport.bufferedBytes = 0;
  await timers.advance(20);
  assert.equal(ids().length, 1);
  const { promise, resolve } = Promise.withResolvers<void>();
  encodeWith(() => promise);
  await frame(nowMs() - 300);
  await timers.advance(300);
  resolve();
  await settle();
  assert.equal(ids().length, 1);
  assert.deepEqual(losses, [600]);
});

test("encodes no frame that waited through a pause or an outage, but the next", async (scene) => {
  const { start, frame, flow, ids, losses, encodings, closed, timers, result, results } = scene;
  start();
  await settle();
  const ways = [
    [
      () => flow.setEffort(effortFor("paused", "balanced")),
      () => flow.setEffort(effortFor("full", "balanced")),
    ],
    [() => flow.setTransport(null), start],
  ] as const;
  for (const [pause, goOn] of ways) {
    pause();
    // It was asked for before.
    await frame();
    await timers.advance(FRAME_DEADLINE_MS);
    const wantedBefore = scene.wanted.length;
    goOn();
    await settle();
    assert.equal(scene.wanted.length, wantedBefore + 2, "the next is asked for");
  }
  assert.deepEqual([encodings.length, closed(), losses], [0, 2, []]);
  await frame();
  assert.equal(ids().length, 1);
  result(ids()[0]!);
  assert.equal(results[0]!.result.counts.dropped.unsent, 2);
});

test("keeps to the effort that it is given", async (scene) => {
  const { start, frame, result, ids, encodings, wanted, timers, flow, nowMs } = scene;
  flow.setEffort(effortFor("latest-only", "balanced"));
  start();
  await frame();
  assert.deepEqual(encodings[0]!.target.boundPx, { widthPx: 320, heightPx: 240 });
  assert.equal(encodings[0]!.quality, 0.5);
  await frame();
  assert.equal(ids().length, 1, "one at a time");
  result(0);
  await settle();
  result(1);
  assert.ok(wanted.at(-1)! > nowMs(), "the next is to come when its turn is");
  flow.setEffort(effortFor("paused", "balanced"));
  const before = wanted.length;
  await timers.advance(900);
  await frame();
  assert.deepEqual([ids().length, wanted.length], [2, before]);
  flow.setEffort(effortFor("full", "balanced"));
  await settle();
  assert.equal(ids().length, 3);
});

test("sends the capture time on the server's clock once both are known", async (scene) => {
  const { start, frame, transport, pong, timers, nowMs, flow, result } = scene;
  start();
  await frame();
  const { frames } = transport;
  assert.deepEqual([frames[0]!.captureTimeMs, frames[0]!.captureClock], [null, null]);
  await timers.advance(10);
  pong();
  result(0);
  await frame(nowMs() - 30);
  const toServerMs = SERVER_AHEAD_MS + 5;
  const second = transport.frames[1]!;
  assert.deepEqual([second.captureClock, second.ageMs], ["receiveTime", 30]);
  assert.equal(second.captureTimeMs, nowMs() - 30 + toServerMs);
  const timeMs = nowMs() - TO_CAPTURE_MS;
  flow.setMark({ key: { clock: "rtp", value: 0 }, timeMs, clock: "captureTime" });
  result(1);
  await frame();
  const third = transport.frames[2]!;
  assert.deepEqual([third.captureClock, third.captureTimeMs], [
    "captureTime",
    timeMs + 2 + toServerMs,
  ]);
});

test("says once that the server is silent", async ({ start, pong, timers, silences }) => {
  start();
  for (let second = 0; second < 10; second++) {
    pong();
    await timers.advance(1000);
  }
  assert.equal(silences(), 0);
  await timers.advance(9000);
  assert.equal(silences(), 1);
});

test("does not take a page that is busy for a silent server, nor forgets the clock", async (scene) => {
  const { start, transport, timers, silences, pong, frame } = scene;
  start();
  await timers.advance(10);
  pong();
  transport.isHeld = true;
  await timers.advance(30_000);
  assert.equal(silences(), 0);
  await frame();
  assert.equal(transport.frames[0]!.captureClock, "receiveTime");
  transport.isHeld = false;
  await timers.advance(9_000);
  assert.equal(silences(), 1);
});

test("goes on over another transport without waiting for what the old one lost", async (scene) => {
  const { start, frame, flow, result, results, ids } = scene;
  start();
  await frame();
  await frame();
  const other = new FakeTransport();
  flow.setTransport(other);
  await frame();
  await frame();
  assert.deepEqual([ids(), other.frames.length], [[0, 1], 2]);
  result(0);
  assert.equal(results.length, 0);
});

test("neither sends frames of a source that was left nor takes answers to them", async (scene) => {
  const { start, frame, flow, result, results, transport, encodeWith, closed } = scene;
  start();
  await frame();
  const { promise, resolve } = Promise.withResolvers<void>();
  encodeWith(() => promise);
  await frame();
  flow.leaveSource();
  resolve();
  await settle();
  result(0);
  assert.deepEqual([transport.frames.length, results.length], [1, 0]);
  await frame();
  assert.deepEqual(transport.frames.map(({ source }) => source), [0, 1]);
  assert.equal(closed(), 6, "each grabbed frame goes back, and may do so twice");
});

test("takes no frame of the source that is being left for one of the next", async (scene) => {
  const { start, frame, flow, transport, waiting, timers } = scene;
  start();
  for (let index = 0; index < 3; index++) await frame();
  const wantedBefore = scene.wanted.length;
  assert.deepEqual([transport.frames.length, waiting.length], [2, 1]);
  flow.leaveSource();
  await settle();
  assert.deepEqual([transport.frames.length, scene.wanted.length], [2, wantedBefore]);
  // As the intake does when it leaves the source.
  waiting.length = 0;
  await timers.advance(100);
  await frame();
  assert.deepEqual(transport.frames.map(({ source }) => source), [0, 0, 1]);
});

test("gives up when none of the first frames can be encoded, not for one later", async (scene) => {
  const { start, frame, result, failures, encodeWith, results } = scene;
  start();
  const refuse = () => Promise.reject(new Error("no pixels"));
  encodeWith(refuse);
  for (let index = 0; index < 4; index++) await frame();
  encodeWith(() => Promise.resolve());
  await frame();
  encodeWith(refuse);
  for (let index = 0; index < 9; index++) await frame();
  result(4);
  assert.equal(results[0]!.result.counts.dropped.error, 13);
  assert.equal(failures.length, 0);
  const other = setup();
  other.start();
  other.encodeWith(refuse);
  for (let index = 0; index < 5; index++) await other.frame();
  assert.equal(other.failures.length, 1);
});

test("takes no message that is not of the protocol for a result", async (scene) => {
  const { start, frame, say, result, results } = scene;
  start();
  await frame();
  for (const message of [null, {}, [], { frame_id: "0" }, { type: "drop", frame_id: "0" }]) {
    say(message);
  }
  assert.equal(results.length, 0);
  result(0, { detections: [{ label: "unicorn", score: 1, xmin: 0, ymin: 0, xmax: 1, ymax: 1 }] });
  assert.equal(results.length, 0, "a label that the model has not");
});
