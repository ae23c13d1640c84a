import assert from "node:assert/strict";
import { jain, parseCpuList, quietRatios, splitCpus, summarise, thin } from "./stats.ts";

Deno.test("summarise() of nothing is null, never 0", () => {
  assert.equal(summarise([]), null);
  assert.deepEqual(summarise([1, 2, 3]), { median: 2, p95: 3, count: 3 });
});

Deno.test("jain() is 1 for equal shares, 1/n when one has all, null when nobody has any", () => {
  assert.equal(jain([5, 5, 5]), 1);
  assert.equal(jain([7, 0, 0, 0]), 0.25);
  assert.equal(jain([0, 0]), null);
  assert.equal(jain([]), null);
  assert.equal(jain([1, 2, 3]), 36 / (3 * 14));
});

Deno.test("quietRatios() leaves out rounds in which others took the CPUs from either side", () => {
  const rounds = [
    { app: 80, alone: 100, othersPercent: [5, 0] },
    { app: 80, alone: 50, othersPercent: [50, 1] },
    { app: 40, alone: 100, othersPercent: [0, 20] },
    { app: 70, alone: 100, othersPercent: [null, null] },
  ];
  assert.deepEqual(quietRatios(rounds), [0.8, 0.7]);
  assert.deepEqual(quietRatios([]), []);
});

Deno.test("thin() keeps the ends' spread and the order, and all of few", () => {
  assert.deepEqual(thin([1, 2, 3], 5), [1, 2, 3]);
  assert.deepEqual(thin([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 5), [0, 2, 4, 6, 8]);
});

Deno.test("parseCpuList() reads what Linux writes and refuses the rest", () => {
  assert.deepEqual(parseCpuList("0-2,5\n"), [0, 1, 2, 5]);
  assert.deepEqual(parseCpuList("3"), [3]);
  assert.throws(() => parseCpuList("all"), TypeError);
});

Deno.test("splitCpus() gives the generators a quarter, at least one, and never the last one", () => {
  assert.deepEqual(splitCpus([0, 1]), { app: [0], generators: [1] });
  assert.deepEqual(splitCpus([0, 1, 2, 3, 4, 5, 6, 7])?.generators, [6, 7]);
  assert.equal(splitCpus([4]), null);
});
