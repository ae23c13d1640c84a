/**
 * Memory of what a viewer's page records and shows, over two simulated hours each.
 *
 * Takes about 20 s.
 */
import assert from "node:assert/strict";
import v8 from "node:v8";
import vm from "node:vm";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { Presenter } from "../present/presenter.ts";
import { FakePixels } from "../present/testing/frames.ts";
import { found, moving, resultOf as presentResultOf } from "../present/testing/results.ts";
import { CaptureTimeline } from "../time/capture_timeline.ts";
import { ZoneWatch } from "../zones/zone_watch.ts";
import { countsOf, presented, resultOf, shownOf } from "../metrics/testing/frames.ts";
import { Findings } from "./findings.ts";
import { StageMeasures } from "./stage_measures.ts";

const FPS = 30;
const HOUR_MS = 3_600_000;

/** By then every bounded record is full: half an hour of samples, and of seconds. */
const FULL_MS = 40 * 60_000;
const END_MS = 2 * HOUR_MS;

/** An object a frame would be more than that in a minute. */
const MAX_GROWTH_BYTES_AN_HOUR = 400_000;

/** As objects, the samples alone would be some 40 MB. */
const MAX_RECORDS_BYTES = 16_000_000;

/** Collects garbage, and says what is left. */
function usedBytes(): number {
  v8.setFlagsFromString("--expose-gc");
  vm.runInNewContext("gc")();
  return Deno.memoryUsage().heapUsed + Deno.memoryUsage().external;
}

Deno.test("a viewer's records take no more memory once they are full", async () => {
  const timers = new FakeTimers();
  let nowMs = 0;
  const measures = new StageMeasures({
    captureOf: (_key, receivedAtMs) => ({
      timeMs: receivedAtMs - 30,
      clock: "captureTime",
      errorMs: 3,
    }),
    nowMs: () => nowMs,
    epochMs: () => nowMs,
  });
  const findings = new Findings({ timers, onView() {}, onClear() {}, sendToPhone() {} });
  const emptyBytes = usedBytes();
  const used: number[] = [];
  for (let frame = 0; nowMs < END_MS; frame++) {
    nowMs = frame * 1000 / FPS;
    const rtp = Math.round(nowMs * 90);
    const detection = {
      box: { xmin: 0.1, ymin: 0.1, xmax: 0.5 + frame % 7 / 100, ymax: 0.5 },
      score: 0.5,
      classId: frame % 80,
      // Somebody new every second.
      trackId: 1 + Math.floor(frame / FPS),
      velocity: null,
    };
    const counts = countsOf(frame + 1, frame + 1);
    const result = resultOf(rtp, nowMs, { counts, detections: [detection], readyAtMs: nowMs + 30 });
    measures.addResult(result);
    findings.add(result, []);
    const report = presented({ received: frame + 1, shown: frame + 1, paired: frame + 1 });
    measures.addShown({ frames: [shownOf(rtp, rtp, nowMs + 50)], counts: report, delayMs: 0 });
    if (frame % FPS === 0) measures.tick({ loadLevel: "full" });
    if (nowMs >= FULL_MS + used.length * HOUR_MS / 2) used.push(usedBytes());
  }
  used.push(usedBytes());
  await timers.advance(0);
  const growth = (used.at(-1)! - used[0]!) / ((END_MS - FULL_MS) / HOUR_MS);
  const words = `${[emptyBytes, ...used].map((bytes) => (bytes / 1e6).toFixed(1)).join(", ")} MB`;
  assert.ok(growth < MAX_GROWTH_BYTES_AN_HOUR, words);
  assert.ok(used[0]! - emptyBytes < MAX_RECORDS_BYTES, words);
  assert.equal(measures.recorded.sampleCount, END_MS / 1000 * FPS + 1, "all were measured");
});

/** Slow enough for a test of seconds; what a presenter keeps is bounded by frames, or by seconds. */
const SHOWN_FPS = 10;

/** By then it has seen all that it keeps, many times. */
const SETTLED_MS = 10 * 60_000;

Deno.test("what shows frames, times them and counts in zones takes no more memory after hours", async () => {
  const timers = new FakeTimers();
  let painted = 0;
  let kept = 0;
  const presenter = new Presenter({
    painter: { resize() {}, setStyle() {}, clear() {}, paint: () => void (painted += 1) },
    timers,
    epochMs: () => timers.nowMs(),
    requestFrame: (callback) =>
      void timers.setTimeout(() => callback(timers.nowMs()), 1000 / SHOWN_FPS / 2),
    copy: () => Promise.reject(new Error("not needed")),
    following: null,
    copyPicture: () => Promise.reject(new Error("not needed")),
    post() {},
  });
  presenter.handle({ kind: "display", display: "live", predict: true });
  presenter.handle({ kind: "expect", results: true });
  const times = new CaptureTimeline();
  const zones = new ZoneWatch();
  const corners = [[0, 0], [0.5, 0], [0.5, 1], [0, 1]] as const;
  zones.setZones([{
    id: "a",
    name: "left",
    points: corners.map(([x, y]) => ({ x, y })),
    kinds: ["enter", "leave"],
    classes: null,
  }]);
  const used: number[] = [];
  for (let frame = 0; timers.nowMs() < END_MS; frame++) {
    const nowMs = timers.nowMs();
    const rtp = Math.round(nowMs * 90) >>> 0;
    const key = { clock: "rtp", value: rtp } as const;
    const pixels = new FakePixels();
    kept += 1;
    pixels.close = () => void (kept -= 1);
    presenter.addFrame({ pixels: pixels.asPixels, key, receivedAtMs: nowMs } as never);
    // Somebody new every second, who walks through the zone.
    const trackId = 1 + Math.floor(frame / SHOWN_FPS);
    const centre = frame % SHOWN_FPS / SHOWN_FPS;
    const object = found(centre, { trackId, velocity: moving(0.1), classId: frame % 80 });
    presenter.handle({ kind: "result", result: presentResultOf(rtp, [object]) });
    const watched = { detections: [object], weak: [], trackEpoch: 1, receivedAtMs: nowMs };
    zones.add(watched as never, Array.from({ length: 80 }, (_, at) => `class ${at}`));
    times.addShown({
      rtpTimestamp: rtp,
      mediaTimeMs: nowMs,
      captureTimeMs: nowMs - 30,
      receiveTimeMs: nowMs,
      shownAtMs: nowMs + 20,
    });
    times.addPairs([[rtp, nowMs - 40]], 5);
    await timers.advance(1000 / SHOWN_FPS);
    if (nowMs >= SETTLED_MS + used.length * HOUR_MS / 2) used.push(usedBytes());
  }
  used.push(usedBytes());
  const growth = (used.at(-1)! - used[0]!) / ((END_MS - SETTLED_MS) / HOUR_MS);
  const words = `${used.map((bytes) => (bytes / 1e6).toFixed(1)).join(", ")} MB`;
  assert.ok(growth < MAX_GROWTH_BYTES_AN_HOUR, words);
  assert.ok(painted > END_MS / 1000 * SHOWN_FPS * 0.9, `${painted}`);
  assert.ok(kept < 64, `${kept} frames are open`);
});
