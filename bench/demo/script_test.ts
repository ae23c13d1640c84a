import assert from "node:assert/strict";
import fc from "fast-check";
import { type DemoMode, FPS, NEXT, scenesFor, toVtt } from "./script.ts";

const MODES: readonly DemoMode[] = ["wasm", "server", "both"];

Deno.test("scenesFor() fills exactly the length that is wanted, in every mode", () => {
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 300 }), fc.constantFrom(...MODES), (seconds, mode) => {
      const scenes = scenesFor({ seconds, mode });
      assert.equal(scenes.reduce((sum, { ticks }) => sum + ticks, 0), seconds * FPS);
      assert.ok(scenes.every(({ ticks }) => ticks > 0));
    }),
  );
});

Deno.test("scenesFor() shows overlay, then metrics, then what comes next; a change where there is one", () => {
  const ids = scenesFor({ seconds: 60, mode: "both" }).map(({ id }) => id);
  assert.deepEqual(ids, [
    "title",
    "join",
    "live",
    "synced",
    "server",
    "charts",
    "point",
    "export",
    "next",
  ]);
  for (const mode of ["wasm", "server"] as const) {
    const others = scenesFor({ seconds: 60, mode }).map(({ id }) => id);
    assert.deepEqual(others, ids.filter((id) => id !== "server"));
  }
});

Deno.test("scenesFor() gives captions that can be read in their time", () => {
  for (const { caption, ticks } of scenesFor({ seconds: 60, mode: "both" })) {
    assert.ok(caption.length <= 90, caption);
    // 20 characters a second is the upper bound of usual guidelines.
    assert.ok(caption.length / (ticks / FPS) <= 20, caption);
  }
});

Deno.test("toVtt() has a cue for each scene, back to back", () => {
  const scenes = scenesFor({ seconds: 60, mode: "wasm" });
  const vtt = toVtt(scenes);
  const times = [...vtt.matchAll(/^(\S+) --> (\S+)$/gm)].map(([, from, until]) => [from, until]);
  assert.equal(times.length, scenes.length);
  assert.equal(times[0]![0], "00:00:00.000");
  assert.equal(times.at(-1)![1], "00:01:00.000");
  assert.ok(times.every(([from], at) => at === 0 || from === times[at - 1]![1]));
  assert.ok(vtt.startsWith("WEBVTT\n\n") && vtt.includes(NEXT));
});
