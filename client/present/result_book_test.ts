import assert from "node:assert/strict";
import { ResultBook } from "./result_book.ts";
import { found, resultOf } from "./testing/results.ts";

Deno.test("ResultBook finds the result of a frame to a tick, and those around it", () => {
  const book = new ResultBook();
  for (const timeMs of [0, 200, 100]) book.add(timeMs, resultOf(timeMs));
  const times = (timeMs: number) =>
    [book.before(timeMs), book.at(timeMs), book.after(timeMs)].map((one) => one?.timeMs ?? null);
  assert.deepEqual(times(101), [0, 100, 200]);
  assert.deepEqual(times(102), [100, null, 200]);
  assert.deepEqual(times(-5), [null, null, 0]);
  assert.equal(book.newest?.timeMs, 200);
});

Deno.test("ResultBook counts weak detections as found, and is bounded", () => {
  const book = new ResultBook();
  const { found: all } = book.add(0, resultOf(0, [found(0.3)], [found(0.6)]));
  assert.equal(all.length, 2);
  for (let timeMs = 1; timeMs < 1_000; timeMs++) book.add(timeMs * 10, resultOf(0));
  assert.equal(book.at(0), null);
  assert.equal(book.newest?.timeMs, 9_990);
  book.clear();
  assert.equal(book.newest, null);
});
