import assert from "node:assert/strict";
import fc from "fast-check";
import { STAGES } from "@/protocol";
import { COLUMNS, MAX_ROWS, MetricsHistory } from "./history.ts";

Deno.test("MetricsHistory: what was not measured is null, never 0", () => {
  const history = new MetricsHistory();
  assert.equal(history.newest("cameraFps"), null);
  history.add(1000, { cameraFps: 30, processedFps: null, latencyMedianMs: 0 });
  assert.deepEqual(history.values("cameraFps"), [30]);
  assert.deepEqual(history.values("processedFps"), [null]);
  assert.deepEqual(history.values("stage.run"), [null]);
  assert.equal(history.newest("latencyMedianMs"), 0);
  assert.equal(history.hasSeen("cameraFps"), true);
  assert.equal(history.hasSeen("latencyMedianMs"), false, "nothing but 0");
});

Deno.test("MetricsHistory: keeps the newest half hour, oldest first, whatever came before", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 * MAX_ROWS }), (rows) => {
      const history = new MetricsHistory();
      for (let row = 1; row <= rows; row++) history.add(row * 1000, { cameraFps: row });
      const size = Math.min(rows, MAX_ROWS);
      const expected = Array.from({ length: size }, (_, index) => rows - size + index + 1);
      assert.equal(history.size, size);
      assert.deepEqual(history.values("cameraFps"), expected);
      assert.deepEqual(history.times(), expected.map((row) => row * 1000));
      assert.equal(history.newest("cameraFps"), rows === 0 ? null : rows);
    }),
    { numRuns: 20 },
  );
});

Deno.test("MetricsHistory: a page that slept leaves a gap, no line over it", () => {
  const history = new MetricsHistory();
  history.add(1000, { cameraFps: 30 });
  history.add(3000, { cameraFps: 29 });
  history.add(60_000, { cameraFps: 28 });
  assert.deepEqual(history.values("cameraFps"), [30, 29, null, 28]);
  assert.deepEqual(history.times(), [1000, 3000, 3001, 60_000]);
});

Deno.test("MetricsHistory: nothing is left after it was cleared", () => {
  const history = new MetricsHistory();
  for (let row = 1; row <= MAX_ROWS + 5; row++) history.add(row * 1000, { cameraFps: row });
  history.clear();
  assert.equal(history.size, 0);
  assert.equal(history.hasSeen("cameraFps"), false);
  history.add(1000, { processedFps: 9 });
  assert.deepEqual(history.values("cameraFps"), [null]);
  assert.deepEqual(history.values("processedFps"), [9]);
});

Deno.test("COLUMNS: each once, with every stage of the frame path", () => {
  assert.equal(new Set(COLUMNS).size, COLUMNS.length);
  for (const stage of STAGES) assert.ok(COLUMNS.includes(`stage.${stage}`));
});
