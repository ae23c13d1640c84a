import assert from "node:assert/strict";
import type { FrameResult } from "../inference/worker_messages.ts";
import { toCoco } from "./coco.ts";
import { DetectionLog, toNdjson } from "./detection_log.ts";
import { Recording, type RecordingView } from "./recording.ts";
import {
  limitReached,
  MAX_LOGGED_DETECTIONS,
  MAX_LOGGED_FRAMES,
  MAX_RECORDING_BYTES,
  MAX_RECORDING_MS,
} from "./recording_limits.ts";
import type { VideoEvents } from "./video_recorder.ts";

const MODEL = { id: "m", labels: ["person", "dog"] };
const START_MS = Date.UTC(2026, 0, 2, 3, 4, 5);

function result(receivedAtMs: number, classIds: readonly number[]): FrameResult {
  return {
    key: null,
    widthPx: 640,
    heightPx: 480,
    inputPx: null,
    detections: classIds.map((classId) => ({
      box: { xmin: 0.25, ymin: 0.5, xmax: 0.75, ymax: 1 },
      score: 0.87654321,
      classId,
      trackId: 3,
      velocity: null,
    })),
    weak: [],
    trackEpoch: null,
    stages: {},
    grabbedAtMs: receivedAtMs + 5,
    waitedMs: 5,
    readyAtMs: receivedAtMs + 38,
    isPresented: true,
    counts: { received: 1, processed: 1, dropped: {} },
  } as FrameResult;
}

function captureOf(_key: unknown, receivedAtMs: number) {
  return { timeMs: receivedAtMs - 40, clock: "captureTime", errorMs: 15 } as const;
}

function logOf(...frames: FrameResult[]): DetectionLog {
  const log = new DetectionLog(START_MS);
  for (const frame of frames) {
    const receivedAtMs = frame.grabbedAtMs - frame.waitedMs;
    const capture = captureOf(null, receivedAtMs);
    log.add(frame, { model: MODEL, capture, nowMs: receivedAtMs + 60 });
  }
  return log;
}

Deno.test("limitReached() names the first limit, and none below all", () => {
  const below = { elapsedMs: 1000, bytes: 1000, frames: 10, detections: 10 };
  assert.equal(limitReached(below), null);
  assert.equal(limitReached({ ...below, elapsedMs: MAX_RECORDING_MS }), "time");
  assert.equal(limitReached({ ...below, bytes: MAX_RECORDING_BYTES }), "size");
  assert.equal(limitReached({ ...below, detections: MAX_LOGGED_DETECTIONS }), "detections");
  assert.equal(limitReached({ ...below, frames: MAX_LOGGED_FRAMES }), "detections");
});

Deno.test("NDJSON: one line for each frame of the recording, and none for one from before", () => {
  const log = logOf(
    result(START_MS - 1, [0]),
    result(START_MS + 100, [1]),
    result(START_MS + 200, []),
  );
  const lines = toNdjson(log.frames).trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.equal(log.detectionCount, 1);
  assert.deepEqual(lines[0], {
    frame_id: "1",
    time_s: 0.1,
    capture_ts: START_MS + 60,
    capture_clock: "captureTime",
    recv_ts: START_MS + 100,
    inference_ts: START_MS + 160,
    model_id: "m",
    width_px: 640,
    height_px: 480,
    detections: [{
      label: "dog",
      score: 0.8765,
      xmin: 0.25,
      ymin: 0.5,
      xmax: 0.75,
      ymax: 1,
      track_id: 3,
    }],
  });
  assert.deepEqual(lines.map(({ frame_id: id }) => id), ["1", "2"]);
  assert.deepEqual(lines[1].detections, []);
});

Deno.test("toCoco(): boxes in pixels, every frame an image, labels that came later are categories", () => {
  const log = logOf(result(START_MS + 100, [1, 0]), result(START_MS + 200, [7]));
  const coco = toCoco(log.frames, {
    labels: MODEL.labels,
    videoName: "a.webm",
    createdAtMs: START_MS,
  });
  assert.deepEqual(coco.categories, [
    { id: 1, name: "person" },
    { id: 2, name: "dog" },
    { id: 3, name: "class 7" },
  ]);
  assert.deepEqual(coco.images[0], {
    id: 1,
    width: 640,
    height: 480,
    file_name: "a.webm#t=0.1",
    date_captured: new Date(START_MS + 60).toISOString(),
    capture_ts: START_MS + 60,
    capture_clock: "captureTime",
    time_s: 0.1,
  });
  assert.deepEqual(coco.annotations[0], {
    id: 1,
    image_id: 1,
    category_id: 2,
    bbox: [160, 240, 320, 240],
    area: 76800,
    iscrowd: 0,
    score: 0.8765,
    track_id: 3,
  });
  const ids = coco.annotations.map((one) => [one.id, one.image_id, one.category_id]);
  assert.deepEqual(ids, [[1, 1, 2], [2, 1, 1], [3, 2, 3]]);
});

function setUp({ canStart = true } = {}) {
  const clock = { nowMs: START_MS };
  const views: RecordingView[] = [];
  const video = { bytes: 0, isStopped: false, events: null as VideoEvents | null };
  const recording = new Recording({
    epochMs: () => clock.nowMs,
    captureOf,
    startVideo(_hasBoxes, events) {
      if (!canStart) return null;
      video.events = events;
      video.isStopped = false;
      return {
        get bytes() {
          return video.bytes;
        },
        stop: () => video.isStopped = true,
      };
    },
    onView: (view) => views.push(view),
  });
  const over = (hasFailed = false) => video.events!.onOver(hasFailed);
  const save = () => video.events!.onFile(new Blob(["video"], { type: "video/webm" }));
  const end = (hasFailed = false) => {
    over(hasFailed);
    save();
    const last = views.at(-1);
    assert.ok(last?.kind === "done");
    return last;
  };
  return { clock, views, video, recording, over, save, end };
}

Deno.test("Recording: a person starts and ends it, and then there are three files", async () => {
  const { clock, views, video, recording, end } = setUp();
  assert.ok(recording.toggle(true));
  assert.equal(recording.file("video"), null);
  recording.addResult(result(START_MS + 100, [0]), MODEL);
  clock.nowMs += 2000;
  recording.tick();
  recording.toggle(true);
  assert.ok(video.isStopped);
  const kinds = views.map(({ kind }) => kind);
  assert.deepEqual(kinds, ["recording", "recording", "saving"]);
  recording.addResult(result(START_MS + 2100, [0]), MODEL);
  clock.nowMs += 3000;
  recording.tick();
  assert.deepEqual(end(), {
    kind: "done",
    why: null,
    elapsedMs: 2000,
    gapMs: 0,
    bytes: 5,
    frames: 1,
    detections: 1,
  });
  assert.equal(recording.file("video")?.name, "peerlens-2026-01-02T03-04-05.webm");
  assert.equal(recording.file("ndjson")?.name, "peerlens-2026-01-02T03-04-05.ndjson");
  const coco = JSON.parse(await recording.file("coco")!.blob.text());
  assert.equal(coco.images[0].file_name, "peerlens-2026-01-02T03-04-05.webm#t=0.1");
});

Deno.test("Recording: at a limit it ends by itself, once, and says so", () => {
  const { video, recording, clock, end } = setUp();
  recording.toggle(true);
  video.bytes = MAX_RECORDING_BYTES;
  recording.tick();
  assert.ok(video.isStopped);
  clock.nowMs += MAX_RECORDING_MS;
  recording.tick();
  assert.match(end().why!, /500 MB/);
});

Deno.test("Recording: the end of the stream and a failing browser keep what there is", () => {
  for (const [hasFailed, words] of [[false, /stream ended/], [true, /browser stopped/]] as const) {
    const { recording, end } = setUp();
    recording.toggle(false);
    assert.match(end(hasFailed).why!, words);
    assert.notEqual(recording.file("video"), null);
  }
  const { views, recording } = setUp({ canStart: false });
  assert.equal(recording.toggle(true), false);
  assert.deepEqual(views, []);
});

Deno.test("Recording: while its file is made it is over, whatever happens then", () => {
  for (const [hasFailed, words] of [[false, /stream ended/], [true, /browser stopped/]] as const) {
    const { clock, views, video, recording, over, save } = setUp();
    recording.toggle(false);
    recording.addResult(result(START_MS + 100, [0]), MODEL);
    clock.nowMs += 2000;
    over(hasFailed);
    assert.equal(views.at(-1)?.kind, "saving");
    clock.nowMs += MAX_RECORDING_MS;
    video.bytes = MAX_RECORDING_BYTES;
    recording.addResult(result(START_MS + 2100, [0]), MODEL);
    recording.tick();
    assert.ok(recording.toggle(false), "it is the present one");
    save();
    const last = views.at(-1);
    assert.ok(last?.kind === "done");
    assert.match(last.why!, words);
    assert.deepEqual([last.elapsedMs, last.frames], [2000, 1]);
  }
});

Deno.test("Recording: how long its picture stood still in a hidden tab is told; without boxes it did not", () => {
  for (const [hasBoxes, gapMs] of [[true, 5_000], [false, 0]] as const) {
    const { clock, recording, end } = setUp();
    recording.toggle(hasBoxes);
    clock.nowMs += 1_000;
    recording.setSeen(false);
    clock.nowMs += 3_000;
    recording.tick();
    recording.setSeen(true);
    clock.nowMs += 1_000;
    recording.setSeen(false);
    clock.nowMs += 2_000;
    recording.toggle(hasBoxes);
    // What is done with the file afterwards is no part of it.
    clock.nowMs += 500;
    recording.setSeen(true);
    const last = end();
    assert.deepEqual([last.gapMs, last.elapsedMs], [gapMs, 7_000]);
  }
});
