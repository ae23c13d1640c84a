import assert from "node:assert/strict";
import { LoadMeter } from "./load_meter.ts";

Deno.test("LoadMeter.sample() tells the median age and the rate of the last moments", () => {
  const meter = new LoadMeter();
  assert.deepEqual(meter.sample(0), {
    nowMs: 0,
    ageMs: null,
    rateFps: null,
    costMs: null,
    runMs: null,
  });
  for (const [atMs, ageMs] of [[0, 900], [2000, 100], [2500, 120], [3000, 140]] as const) {
    meter.addResult(atMs, { ageMs, costMs: 50 });
  }
  assert.deepEqual(meter.sample(4000), {
    nowMs: 4000,
    ageMs: 120,
    rateFps: 20,
    costMs: 50,
    runMs: null,
  });
  assert.deepEqual([meter.sample(9000).ageMs, meter.sample(9000).rateFps], [null, null]);
});

Deno.test("LoadMeter.runShare() tells how much of the time the model runs, once it has seen enough", () => {
  const meter = new LoadMeter();
  const run = (atMs: number, runMs: number | null) =>
    meter.addResult(atMs, { ageMs: 50, costMs: 50, runMs });
  for (let atMs = 0; atMs <= 2900; atMs += 100) run(atMs, 30);
  assert.equal(meter.runShare(2950), null);
  run(3000, 30);
  assert.equal(meter.runShare(3050), 0.3);
  run(3060, null);
  assert.equal(meter.runShare(3070), null);
  assert.equal(meter.runShare(9000), null);
  meter.clear();
  run(9000, 30);
  assert.equal(meter.runShare(9100), null);
});

Deno.test("LoadMeter counts a lost frame's age and guesses no rate from it", () => {
  const meter = new LoadMeter();
  meter.addLoss(0, 1000);
  assert.deepEqual(meter.sample(1), {
    nowMs: 1,
    ageMs: 1000,
    rateFps: null,
    costMs: null,
    runMs: null,
  });
  meter.clear();
  assert.equal(meter.sample(2).ageMs, null);
});
