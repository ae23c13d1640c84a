import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_ROWS, MetricsHistory } from "./history.ts";
import type { Panel } from "./panels.ts";
import {
  agoMs,
  pointAt,
  pxOfTime,
  readoutWords,
  shownRow,
  stepPointed,
  stillPointed,
  timeAtPx,
  whenWords,
} from "./pointer.ts";

const FRAMES: Panel = {
  id: "fps",
  title: "Frames",
  unit: "fps",
  shape: "lines",
  series: [
    { column: "cameraFps", label: "camera", colour: 1 },
    { column: "processedFps", label: "processed", colour: 2 },
  ],
};

function historyOf(rows: number): MetricsHistory {
  const history = new MetricsHistory();
  for (let row = 1; row <= rows; row++) history.add(row * 1000, { cameraFps: row });
  return history;
}

Deno.test("timeAtPx() and pxOfTime() undo each other within the plot", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 90 }),
      fc.integer({ min: 1, max: 900 }),
      fc.double({ min: 0, max: 60, noNaN: true }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (leftPx, widthPx, from, share) => {
        const area = { leftPx, widthPx, range: [from, from + 30] } as const;
        const px = leftPx + share * widthPx;
        const back = pxOfTime(area, timeAtPx(area, px));
        // At the very edge rounding may put it just outside.
        assert.ok(back === null ? share < 1e-9 || share > 1 - 1e-9 : Math.abs(back - px) < 1e-6);
      },
    ),
  );
});

Deno.test("timeAtPx() beside the plot is that of its edge; pxOfTime() off the axis is nowhere", () => {
  const area = { leftPx: 46, widthPx: 300, range: [1, 2] } as const;
  assert.equal(timeAtPx(area, 0), 60_000);
  assert.equal(timeAtPx(area, 400), 120_000);
  assert.equal(pxOfTime(area, 90_000), 196);
  assert.equal(pxOfTime(area, 59_000), null);
});

Deno.test("pointAt() finds the nearest second that is kept, as a search through all does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 60 }),
      fc.integer({ min: -5_000, max: 250_000 }),
      (gaps, atMs) => {
        const history = new MetricsHistory();
        let timeMs = 0;
        for (const gap of gaps) history.add(timeMs += gap, {});
        const away = history.times().map((each) => Math.abs(each - atMs));
        assert.equal(Math.abs(pointAt(history, atMs)! - atMs), Math.min(...away));
      },
    ),
  );
  assert.equal(pointAt(new MetricsHistory(), 5), null);
});

Deno.test("a pointed second keeps its values while others come, until it is no longer kept", () => {
  const history = historyOf(10);
  const pointedMs = pointAt(history, 4_100);
  assert.equal(pointedMs, 4_000);
  const value = () => history.valueAt("cameraFps", shownRow(history, pointedMs)!);
  assert.equal(value(), 4);
  for (let row = 11; row <= MAX_ROWS + 3; row++) history.add(row * 1000, { cameraFps: row });
  assert.equal(value(), 4);
  assert.equal(stillPointed(history, pointedMs), 4_000);
  history.add((MAX_ROWS + 4) * 1000, {});
  assert.equal(stillPointed(history, pointedMs), null);
  history.clear();
  assert.equal(stillPointed(history, pointedMs), null);
  assert.equal(shownRow(history, pointedMs), null);
});

Deno.test("stepPointed() goes row by row, stops at the oldest, and ends at the newest", () => {
  const history = historyOf(100);
  assert.equal(stepPointed(history, null, "ArrowLeft"), 99_000);
  assert.equal(stepPointed(history, 99_000, "ArrowRight"), null);
  assert.equal(stepPointed(history, 50_000, "PageDown"), 20_000);
  assert.equal(stepPointed(history, 20_000, "PageDown"), 1_000);
  assert.equal(stepPointed(history, null, "Home"), 1_000);
  assert.equal(stepPointed(history, 50_000, "Escape"), null);
  assert.equal(stepPointed(history, null, "Escape"), undefined, "nothing to end");
  assert.equal(stepPointed(history, 50_000, "Tab"), undefined);
  assert.equal(stepPointed(new MetricsHistory(), null, "ArrowLeft"), null);
});

Deno.test("the readout says which second it is of, and every value or a dash", () => {
  const history = historyOf(200);
  assert.equal(whenWords(history, null), "newest");
  assert.equal(whenWords(history, 65_000), "at 1 min 5 s, 2 min 15 s ago");
  assert.equal(agoMs(history, 65_000), 135_000);
  const words = "at 1 min 5 s, 2 min 15 s ago: camera 65.0, processed –";
  assert.equal(readoutWords(FRAMES, history, 65_000), words);
  assert.equal(readoutWords(FRAMES, new MetricsHistory(), null), "nothing measured yet");
});
