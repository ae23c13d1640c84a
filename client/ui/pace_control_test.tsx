import assert from "node:assert/strict";
import { paceWords } from "./pace_control.tsx";

Deno.test("paceWords() says what was measured, and no more", () => {
  const words = (fps: number | null, now: number | null, everyFrame: number | null) =>
    paceWords({ fps, runShares: { now, everyFrame } });
  assert.equal(words(null, 0.9, 0.9), null);
  assert.equal(words(60, 0.9, null), null);
  assert.match(words(6, null, 0.9)!, /not measured/);
  assert.equal(words(6, 0.174, null), "The model runs 17 % of the time.");
  assert.equal(
    words(6, 0.174, 0.94),
    "The model runs 17 % of the time; with every frame it was 94 %.",
  );
});
