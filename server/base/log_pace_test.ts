import assert from "node:assert/strict";
import { LogPace } from "./log_pace.ts";

/** How many of so many lines are written. */
function written(pace: LogPace, count: number, reason: (index: number) => string, nowMs = 0) {
  const admitted = Array.from(
    { length: count },
    (_, index) => pace.admit("request failed", { reason: reason(index) }, nowMs),
  );
  return admitted.filter((leftOut) => leftOut !== null).length;
}

Deno.test("LogPace writes the first lines of a cause, then one a second, and says how many it left out", () => {
  const pace = new LogPace();
  assert.equal(written(pace, 1_000, () => "broken"), 30);
  assert.equal(pace.admit("request failed", { reason: "broken" }, 1_000), 970);
  assert.equal(pace.admit("request failed", { reason: "broken" }, 2_000), 0);
});

Deno.test("LogPace takes what differs by numbers and quoted words only for one cause", () => {
  assert.equal(written(new LogPace(), 100, (index) => `Invalid URL: 'x${index}y'`), 30);
  assert.equal(written(new LogPace(), 100, (index) => `port ${index}`), 30);
});

Deno.test("LogPace lets another cause and another event through beside a flood", () => {
  const pace = new LogPace();
  written(pace, 1_000, () => "broken");
  assert.notEqual(pace.admit("request failed", { reason: "disk full" }, 0), null);
  assert.equal(pace.admit("peer joined", {}, 0), 0);
});

Deno.test("LogPace bounds an event whose causes are always new", () => {
  const word = (index: number) =>
    [...String(index)].map((digit) => "abcdefghij"[Number(digit)]).join("");
  assert.equal(written(new LogPace(), 5_000, word), 150);
});
