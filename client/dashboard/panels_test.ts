import assert from "node:assert/strict";
import { MetricsHistory } from "./history.ts";
import { COLOURS, panelsOf, valueWords } from "./panels.ts";

function panel(id: string, history: MetricsHistory, captureClock: "phone" | "receiveTime" | null) {
  return panelsOf({ history, captureClock }).find((each) => each.id === id)!;
}

Deno.test("panelsOf() has each chart once, every one with a series", () => {
  const panels = panelsOf({ history: new MetricsHistory(), captureClock: null });
  assert.deepEqual(
    panels.map(({ id }) => id),
    ["latency", "fps", "stages", "traffic", "drops", "load", "clock"],
  );
  for (const { series } of panels) assert.ok(series.length > 0);
});

Deno.test("panelsOf() never calls a time since receipt end to end", () => {
  const history = new MetricsHistory();
  assert.equal(panel("latency", history, "phone").title, "Latency end to end");
  const since = panel("latency", history, "receiveTime");
  assert.equal(since.title, "Latency since receipt");
  assert.deepEqual(since.series.map(({ column }) => column), ["receiptP95Ms", "receiptMedianMs"]);
});

Deno.test("panelsOf() has the stages and causes that there were, each with a colour", () => {
  const history = new MetricsHistory();
  history.add(1000, {
    "stage.run": 30,
    "stage.nms": 0.2,
    "drop.error": 0,
    "drop.too-fast": 1,
    "skip.late": 2,
  });
  assert.deepEqual(panel("stages", history, null).series.map(({ label }) => label), ["run", "nms"]);
  const drops = panel("drops", history, null).series;
  assert.deepEqual(drops.map(({ label }) => label), ["superseded", "too-fast", "not shown: late"]);
  assert.ok(drops.every(({ colour }) => colour >= 1 && colour <= COLOURS));
});

Deno.test("valueWords() says what was not measured, and levels by name", () => {
  assert.equal(valueWords({ unit: "ms" }, null), "–");
  assert.equal(valueWords({ unit: "ms" }, 0), "0.0");
  assert.equal(valueWords({ unit: "ms" }, 123.4), "123");
  assert.equal(valueWords({ unit: "kbit/s" }, 812.3), "812");
  assert.equal(valueWords({ unit: null }, 0), "full");
  assert.equal(valueWords({ unit: null }, 3), "paused");
});
