import assert from "node:assert/strict";
import { encodeFrame, FRAME_DEADLINE_MS, FRAME_HEADER_BYTES } from "@/protocol";
import { Counters } from "./counters.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { FromLane } from "./lane_messages.ts";
import { Stream } from "./stream.ts";
import { alone } from "./stream_tracker.ts";

/** What a lane finds on every frame. */
const FOUND = [0.8, 0.2].map((score, classId) => ({
  box: { xmin: 0.1, ymin: 0.2, xmax: 0.3, ymax: 0.4 + 1e-9 },
  score,
  classId,
}));

/** What the process adds to the counters; of no matter here. */
const NOW = {
  streams: 1,
  ways: { datachannel: 1, link: 0, none: 0 },
  rssBytes: 0,
  cpuMs: 0,
  lagMs: { counts: [], sum: 0 },
  maxStallMs: 0,
};

function setup() {
  const clock = { nowMs: 1_790_000_000_000 };
  const counters = new Counters();
  const tapped: string[] = [];
  const dispatcher = new Dispatcher({
    lanes: [{
      ask: () =>
        Promise.resolve<FromLane>({
          kind: "done",
          coreBytes: 0,
          result: {
            detections: FOUND,
            inputPx: { widthPx: 1, heightPx: 1 },
            inferenceTimeMs: clock.nowMs + 9,
            stagesMs: { run: 8 },
            picture: null,
          },
        }),
    }],
    now: () => clock.nowMs,
    onFailure: () => {},
  });
  const stream = new Stream("s", {
    counters,
    dispatcher,
    now: () => clock.nowMs,
    owner: { address: "a", room: "r" },
    maxSidePx: () => 640,
    tracker: {
      // Follows the strong ones alone, and says which frame it is.
      update: (detections, { timeMs }) => ({
        detections: detections.slice(0, 1).map((found) => ({ ...alone(found), trackId: 7 })),
        weak: detections.slice(1).map((found) => ({
          ...alone(found),
          trackId: 8,
          velocity: { x: timeMs + 0.123456, y: 0, width: 0, height: -1 },
        })),
      }),
      reset: () => {},
      free: () => {},
    },
    labels: (modelId) => modelId === "m" ? ["person", "dog"] : [],
    onResult: (text) => tapped.push(text),
  });
  const settings = { modelId: "m", scoreThreshold: 0.3, iouThreshold: 0.5, classes: null };
  dispatcher.setSettings("s", settings);
  const transport = (isOpen = true) => {
    const texts: string[] = [];
    return { texts, send: (text: string) => isOpen && texts.push(text) > 0 };
  };
  return { clock, counters, tapped, stream, transport };
}

/** A frame in two chunks. */
function chunks(frameId: number) {
  const jpeg = new Uint8Array(20);
  const frame = {
    frameId,
    widthPx: 4,
    heightPx: 3,
    captureTimeMs: null,
    captureClock: null,
    ageMs: 0,
    jpeg,
  };
  return encodeFrame(frame, FRAME_HEADER_BYTES + 10) as [Uint8Array, Uint8Array];
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

Deno.test("Stream answers each frame by the way that it came by", async () => {
  const { stream, transport, counters, clock, tapped } = setup();
  const [one, other] = [transport(), transport()];
  const receiveTimeMs = clock.nowMs;
  for (const chunk of chunks(1)) stream.onChunk(chunk, one);
  await turn();
  stream.isTapped = true;
  for (const chunk of chunks(2)) stream.onChunk(chunk, other);
  await turn();
  const { stages_ms: { post, ...stagesMs }, track_epoch: epoch, ...result } = JSON.parse(
    one.texts[0]!,
  );
  const box = { xmin: 0.1, ymin: 0.2, xmax: 0.3, ymax: 0.4 };
  assert.deepEqual(result, {
    frame_id: "1",
    capture_ts: null,
    capture_clock: null,
    recv_ts: receiveTimeMs,
    inference_ts: receiveTimeMs + 9,
    detections: [{ label: "person", score: 0.8, ...box, track_id: 7, velocity: null }],
    weak_detections: [{
      label: "dog",
      score: 0.2,
      ...box,
      track_id: 8,
      velocity: { x: 0.1235, y: 0, width: 0, height: -1 },
    }],
    model_id: "m",
    input_px: [1, 1],
    queue_ms: 0,
  });
  assert.deepEqual(stagesMs, { run: 8 });
  assert.ok(post >= 0 && epoch > 0);
  assert.equal(JSON.parse(other.texts[0]!).frame_id, "2");
  assert.deepEqual(tapped, other.texts);
  assert.equal(counters.bytesReceived, 2 * (20 + 2 * FRAME_HEADER_BYTES));
  assert.equal(counters.bytesSent, one.texts[0]!.length + other.texts[0]!.length);
});

Deno.test("Stream tells of frames that it drops, once each, and of nothing else", () => {
  const { stream, transport, counters, clock } = setup();
  const to = transport();
  stream.onChunk(chunks(1)[0], to);
  stream.onChunk(new Uint8Array(50), to);
  stream.onChunk(new Uint8Array(5), to);
  clock.nowMs += FRAME_DEADLINE_MS;
  stream.sweep(to);
  stream.onChunk(chunks(1)[1], to);
  assert.deepEqual(to.texts, ['{"type":"drop","frame_id":"1","cause":"incomplete"}']);
  const { framesDropped, framesReceived } = counters.toStats(NOW);
  assert.deepEqual([framesReceived, framesDropped["bad-frame"]], [3, 2]);
});

Deno.test("Stream answers clock pings and refuses other texts", () => {
  const { stream, transport, counters, clock } = setup();
  const to = transport();
  stream.onText('{"type":"clock-ping","nonce":5}', to);
  assert.deepEqual(to.texts, [
    JSON.stringify({ type: "clock-pong", nonce: 5, time_ms: clock.nowMs }),
  ]);
  const bad = ["", "{", "null", '{"type":"clock-ping"}', '{"type":"clock-ping","nonce":5,"x":1}'];
  for (const text of [...bad, `{"type":"clock-ping","nonce":5${" ".repeat(300)}}`]) {
    stream.onText(text, to);
  }
  assert.equal(counters.messagesRefused, bad.length + 1);
  for (let at = 0; at < 1_000; at++) stream.onText('{"type":"clock-ping","nonce":5}', to);
  assert.ok(to.texts.length < 50);
});

Deno.test("Stream counts results that its transport does not take, and sends none when closed", async () => {
  const { stream, transport, counters } = setup();
  const full = transport(false);
  for (const chunk of chunks(1)) stream.onChunk(chunk, full);
  await turn();
  assert.deepEqual([counters.resultsUnsent, counters.framesProcessed, counters.bytesSent], [
    1,
    1,
    0,
  ]);
  const open = transport();
  for (const chunk of chunks(2)) stream.onChunk(chunk, open);
  stream.onChunk(chunks(3)[0], open);
  stream.close();
  await turn();
  assert.deepEqual([open.texts, counters.framesProcessed, counters.framesReceived], [[], 2, 3]);
  const stats = counters.toStats(NOW);
  assert.deepEqual([stats.framesDropped.incomplete, stats.resultsUnsent], [1, 1]);
  // Both were run, 8 ms each, and ready 9 ms after their last byte; one came too late to be told.
  const { queue, run, post, decode } = stats.stagesMs;
  const total = ({ counts }: { counts: readonly number[] }) => counts.reduce((sum, n) => sum + n);
  assert.deepEqual([queue, run, post, decode, stats.frameMs].map((one) => total(one!)), [
    2,
    2,
    1,
    0,
    2,
  ]);
  assert.deepEqual([run!.sum, stats.frameMs.sum], [16, 18]);
});
