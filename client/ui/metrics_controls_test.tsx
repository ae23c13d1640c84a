import assert from "node:assert/strict";
import { elementsOf } from "../base/testing/elements.ts";
import { MetricsControls } from "./metrics_controls.tsx";

function buttonsOf(recordedMs: number | null, sampleCount: number) {
  const given = { recordedMs, sampleCount, onExport() {}, onReset() {} };
  return elementsOf(<MetricsControls {...given} />)
    .filter(({ tag }) => tag === "button")
    .map(({ text, props }) => [text, props.disabled]);
}

Deno.test("MetricsControls is shut until the first frame, and says how long it has measured", () => {
  const shut = [["Export metrics", true], ["Reset", true]];
  assert.deepEqual(buttonsOf(null, 0), shut);
  assert.deepEqual(buttonsOf(5_000, 0)[0], ["Export metrics (5 s)", false], "the video alone");
  assert.deepEqual(buttonsOf(900, 1), [["Export metrics (0 s)", false], ["Reset", false]]);
  assert.equal(buttonsOf(59_999, 800)[0]![0], "Export metrics (59 s)");
  assert.equal(buttonsOf(125_000, 2_000)[0]![0], "Export metrics (2 min 5 s)");
});
