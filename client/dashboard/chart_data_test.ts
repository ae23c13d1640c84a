import assert from "node:assert/strict";
import { chartData, drawIntervalMs } from "./chart_data.ts";
import { MAX_ROWS, MetricsHistory } from "./history.ts";
import type { Panel } from "./panels.ts";

const LINES: Panel = {
  id: "fps",
  title: "Frames",
  unit: "fps",
  shape: "lines",
  series: [{ column: "cameraFps", label: "camera", colour: 1 }],
};

const STACK: Panel = {
  ...LINES,
  shape: "stack",
  series: [
    { column: "stage.letterbox", label: "letterbox", colour: 1 },
    { column: "stage.run", label: "run", colour: 2 },
  ],
};

Deno.test("chartData() of nothing has a minute to show and no points", () => {
  assert.deepEqual(chartData(new MetricsHistory(), LINES), {
    minutes: [],
    values: [[]],
    range: [0, 1],
  });
});

Deno.test("chartData() gives time in minutes since the start, at most the last half hour", () => {
  const history = new MetricsHistory();
  for (let row = 1; row <= MAX_ROWS; row++) history.add(row * 2000, { cameraFps: 30 });
  const { minutes, range } = chartData(history, LINES);
  assert.equal(minutes.at(-1), 60);
  assert.deepEqual(range, [30, 60]);
});

Deno.test("chartData() stacks what there is; a row of nothing stays empty", () => {
  const history = new MetricsHistory();
  history.add(1000, { "stage.letterbox": 2, "stage.run": 30 });
  history.add(2000, { "stage.letterbox": null, "stage.run": 20 });
  history.add(3000, {});
  assert.deepEqual(chartData(history, STACK).values, [[2, 0, null], [32, 20, null]]);
});

Deno.test("drawIntervalMs() is short at first, and longer when it would hardly move", () => {
  assert.equal(drawIntervalMs([0, 1], 400), 6000);
  assert.equal(drawIntervalMs([0, 30], 400), 9000);
});
