import assert from "node:assert/strict";
import { strayFigures } from "./figures.ts";

const RESULTS = new Map<string, unknown>([
  ["load.json", {
    median: 12.345,
    share: 0.697,
    raw: Array.from({ length: 99 }, (_, i) => i),
    samples: Array.from({ length: 99 }, (_, i) => ({ ms: i })),
  }],
  ["loss.json", { command: "bench loss --seconds=4" }],
]);

const check = (report: string) => strayFigures(report, RESULTS);

Deno.test("strayFigures() finds a figure in none of the files that its place names", () => {
  assert.deepEqual(check("## A\n\n- It took 12.3 ms, 70 % of them (`load.json`).\n"), []);
  assert.equal(check("## A\n\n- It took 12.4 ms (`load.json`).\n").length, 1);
  assert.equal(check("## A\n\n- It took 12.3 ms (`loss.json`).\n").length, 1, "another file's");
  assert.equal(check("## A\n\n`load.json`:\n\n| a | 7 |\n").length, 1, "raw data proves nothing");
  assert.equal(check("## A\n\nOf `load.json`.\n\nIt was 12.5 ms.\n").length, 1, "in a sentence");
  assert.deepEqual(check("## A\n\n`load.json`:\n\n| 640×480 | 12.35 | 69.7 % |\n"), []);
});

Deno.test("strayFigures() leaves goals and words without a file alone", () => {
  assert.deepEqual(check("## A\n\n- 12 ms (at most 55.5 wanted), below 77.7 (`load.json`).\n"), []);
  assert.deepEqual(check("## A\n\n- Eight of 99.9 phones.\n\n| 5555 |\n"), []);
});
