import assert from "node:assert/strict";
import { elementsOf } from "../base/testing/elements.ts";
import { ChartTable } from "./chart_table.tsx";
import { MetricsHistory } from "./history.ts";
import { panelsOf } from "./panels.ts";
import type { PointedMs } from "./pointer.ts";

function tablesOf(history: MetricsHistory, pointedMs: PointedMs = null) {
  return panelsOf({ history, captureClock: "phone" }).map((panel) => {
    const elements = elementsOf(
      <ChartTable panel={panel} history={history} pointedMs={pointedMs} />,
    );
    const table = elements.find(({ tag }) => tag === "table");
    const texts = (tag: string) =>
      elements.filter((element) => element.tag === tag).map(({ text }) => text.trim());
    return {
      name: table!.props["aria-label"],
      heads: texts("th"),
      cells: texts("td"),
      when: texts("p"),
    };
  });
}

Deno.test("ChartTable says the newest value of each series, and by its name the unit", () => {
  const history = new MetricsHistory();
  history.add(1000, { latencyMedianMs: 90, latencyP95Ms: 120.26, loadLevel: 1 });
  const [latency, frames] = tablesOf(history);
  assert.deepEqual(latency, {
    name: "Latency end to end, ms: newest values",
    heads: ["p95", "p50"],
    cells: ["120", "90.0"],
    when: ["newest"],
  });
  assert.deepEqual(frames!.cells, ["–", "–"], "not measured");
  const load = tablesOf(history).find(({ heads }) => heads[0] === "level");
  assert.deepEqual(load, {
    name: "Load level: newest values",
    heads: ["level"],
    cells: ["reduced"],
    when: ["newest"],
  });
});

Deno.test("ChartTable has a value, or a dash, for each of its series before anything is measured", () => {
  for (const { heads, cells } of tablesOf(new MetricsHistory())) {
    assert.ok(heads.length > 0);
    assert.deepEqual(cells, heads.map(() => "–"));
  }
});

Deno.test("ChartTable says the values of the second that is pointed at, and which one that is", () => {
  const history = new MetricsHistory();
  for (let second = 1; second <= 90; second++) {
    history.add(second * 1000, { latencyMedianMs: second, latencyP95Ms: null });
  }
  const [latency, frames] = tablesOf(history, 62_000);
  assert.deepEqual(latency, {
    name: "Latency end to end, ms: at 1 min 2 s, 28 s ago",
    heads: ["p95", "p50"],
    cells: ["–", "62.0"],
    when: ["at 1 min 2 s, 28 s ago"],
  });
  assert.deepEqual(frames!.when, latency!.when, "every panel is of that second");
});
