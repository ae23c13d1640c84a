import assert from "node:assert/strict";
import fc from "fast-check";
import { runsOf, spansOf, toConcatList } from "./timeline.ts";

const FPS = 25;

Deno.test("runsOf() repeats a picture for as long as it was on the screen", () => {
  const frames = [0, 100, 120, 600].map((atMs) => ({ atMs, path: `${atMs}.jpg` }));
  const runs = runsOf(frames, [{ startMs: 0, ticks: 20 }], FPS);
  // 40 ms each: 0, 40, 80 | 120 … 560 | 600 …; the one at 100 was gone before it could be seen.
  assert.deepEqual(runs, [
    { path: "0.jpg", ticks: 3 },
    { path: "120.jpg", ticks: 12 },
    { path: "600.jpg", ticks: 5 },
  ]);
});

Deno.test("runsOf() begins a cut with what was on the screen then, and with the first before it", () => {
  const frames = [{ atMs: 1000, path: "a.jpg" }, { atMs: 5000, path: "b.jpg" }];
  const cuts = [{ startMs: 960, ticks: 3 }, { startMs: 4000, ticks: 2 }, {
    startMs: 9000,
    ticks: 1,
  }];
  assert.deepEqual(runsOf(frames, cuts, FPS), [
    { path: "a.jpg", ticks: 5 },
    { path: "b.jpg", ticks: 1 },
  ]);
});

Deno.test("runsOf() is exactly as long as its cuts, and shows the newest picture of each moment", () => {
  const anyFrames = fc.array(fc.integer({ min: 0, max: 4000 }), { minLength: 1, maxLength: 80 });
  const anyCuts = fc.array(
    fc.record({
      startMs: fc.integer({ min: 0, max: 4000 }),
      ticks: fc.integer({ min: 0, max: 40 }),
    }),
    { maxLength: 6 },
  );
  fc.assert(
    fc.property(anyFrames, anyCuts, (times, cuts) => {
      const frames = times.sort((a, b) => a - b).map((atMs, at) => ({ atMs, path: String(at) }));
      const shown = runsOf(frames, cuts, FPS).flatMap(({ path, ticks }) => Array(ticks).fill(path));
      const expected = cuts.flatMap(({ startMs, ticks }) =>
        Array.from({ length: ticks }, (_, tick) => {
          const found = frames.findLast(({ atMs }) => atMs <= startMs + tick * 40);
          return (found ?? frames[0]!).path;
        })
      );
      assert.deepEqual(shown, expected);
    }),
  );
});

Deno.test("toConcatList() adds up to the length of its runs, and quotes names", () => {
  const list = toConcatList([{ path: "/a/it's.jpg", ticks: 3 }, { path: "/b.jpg", ticks: 5 }], 25);
  assert.equal(
    list,
    "ffconcat version 1.0\nfile '/a/it'\\''s.jpg'\nduration 0.120000\n" +
      "file '/b.jpg'\nduration 0.200000\nfile '/b.jpg'\n",
  );
});

Deno.test("spansOf() joins what touches", () => {
  const parts = [["a", 25], ["b", 50], ["b", 25], ["a", 25], ["b", 25]]
    .map(([name, ticks]) => ({ name, ticks: Number(ticks) }));
  const wanted = ({ name }: { name: unknown }) => name === "b";
  assert.deepEqual(spansOf(parts, { fps: 25, wanted }), [
    { fromS: 1, untilS: 4 },
    { fromS: 5, untilS: 6 },
  ]);
});

Deno.test("runsOf() of nothing recorded is an error", () => {
  assert.throws(() => runsOf([], [{ startMs: 0, ticks: 1 }], FPS), RangeError);
});
