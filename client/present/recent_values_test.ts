import assert from "node:assert/strict";
import { RecentValues } from "./recent_values.ts";

Deno.test("RecentValues.quantile() is of the values in the window", () => {
  const values = new RecentValues(1_000);
  assert.equal(values.quantile(0.75), null);
  for (const [atMs, value] of [[0, 9], [100, 1], [200, 5], [300, 3]] as const) {
    values.add(atMs, value);
  }
  assert.deepEqual([0, 0.25, 0.5, 0.75, 1].map((share) => values.quantile(share)), [1, 1, 3, 5, 9]);
  values.forget(1_050);
  assert.equal(values.quantile(1), 5);
  values.add(1_150, 4);
  assert.deepEqual([0.5, 1].map((share) => values.quantile(share)), [4, 5]);
  values.clear();
  assert.equal(values.quantile(1), null);
});
