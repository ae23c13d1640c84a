import assert from "node:assert/strict";
import { ResultPace } from "./result_pace.ts";

Deno.test("ResultPace: a result is due as late as the slowest of the last ones was, and some more", () => {
  const pace = new ResultPace();
  for (let timeMs = 0; timeMs < 1_000; timeMs += 100) pace.add(timeMs, timeMs + 60);
  // Each was 160 ms old when the next came.
  assert.equal(pace.dueMs, 1.25 * 160 + 40);
  pace.add(1_400, 1_500);
  assert.equal(pace.dueMs, 1.25 * 600 + 40);
  for (let timeMs = 1_500; timeMs < 2_500; timeMs += 100) pace.add(timeMs, timeMs + 60);
  assert.equal(pace.dueMs, 1.25 * 160 + 40, "one that was slow is forgotten");
});

Deno.test("ResultPace: after one result the next is expected as late again", () => {
  const pace = new ResultPace();
  pace.add(0, 700);
  assert.equal(pace.opacityAt(1_400, false), 1);
});

Deno.test("ResultPace: fast results are missed no sooner than after 150 ms; none is shown at 2 s", () => {
  const pace = new ResultPace();
  for (let timeMs = 0; timeMs < 1_000; timeMs += 33) pace.add(timeMs, timeMs + 20);
  assert.equal(pace.opacityAt(150, false), 1);
  assert.ok(pace.opacityAt(200, false) < 1);
  for (let timeMs = 1_000; timeMs < 90_000; timeMs += 9_000) pace.add(timeMs, timeMs + 9_000);
  assert.equal(pace.opacityAt(1_500, false), 1);
  assert.equal(pace.opacityAt(2_000, false), 0);
});

Deno.test("ResultPace: what is overdue is uncertain first; it goes, unless it is seen", () => {
  const pace = new ResultPace();
  pace.add(0, 55);
  assert.equal(pace.dueMs, 177.5);
  const opacities = [0, 75, 150, 400, 500].map((overdueMs) =>
    [false, true].map((isSeen) => pace.opacityAt(177.5 + overdueMs, isSeen).toFixed(2))
  );
  const [unseen, seen] = [0, 1].map((index) => opacities.map((pair) => pair[index]));
  assert.deepEqual(unseen, ["1.00", "0.75", "0.50", "0.20", "0.00"]);
  assert.deepEqual(seen, ["1.00", "0.75", "0.50", "0.50", "0.50"]);
});
