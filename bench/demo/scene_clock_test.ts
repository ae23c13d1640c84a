import assert from "node:assert/strict";
import fc from "fast-check";
import { SceneClock } from "./scene_clock.ts";

const FPS = 25;

/** A clock of a scene, on a time that passes only when it is told to. */
function setUp(ticks: number) {
  let timeMs = 1_000_000;
  const clock = new SceneClock({
    ticks,
    fps: FPS,
    nowMs: () => timeMs,
    sleep(ms) {
      timeMs += ms;
      return Promise.resolve();
    },
  });
  return {
    clock,
    now: () => timeMs,
    act(ms: number) {
      timeMs += ms;
    },
  };
}

Deno.test("SceneClock: a scene that is in time is one cut, and takes as long as it is", async () => {
  const { clock, act, now } = setUp(100);
  const startMs = now();
  await clock.until(0.25);
  assert.equal(now() - startMs, 1_000);
  act(900);
  await clock.until(0.5);
  assert.equal(now() - startMs, 2_000);
  act(2_100);
  await clock.until(1);
  assert.deepEqual(clock.cuts, [{ startMs, ticks: 100 }]);
});

Deno.test("SceneClock: what takes too long is left out, and the rest is seen in full", async () => {
  const { clock, act, now } = setUp(100);
  const startMs = now();
  act(5_000);
  await clock.until(0.5);
  const afterMs = now();
  assert.equal(afterMs - startMs, 5_000);
  await clock.until(1);
  assert.equal(now() - afterMs, 2_000);
  assert.deepEqual(clock.cuts, [{ startMs, ticks: 50 }, { startMs: afterMs, ticks: 50 }]);
});

Deno.test("SceneClock: cuts add up to the scene, and do not overlap, whatever is late", async () => {
  const steps = fc.array(
    fc.record({
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      actMs: fc.integer({ min: 0, max: 4_000 }),
    }),
    { maxLength: 8 },
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 400 }), steps, async (ticks, steps) => {
      const { clock, act } = setUp(ticks);
      for (const { share, actMs } of steps) {
        act(actMs);
        await clock.until(share);
      }
      await clock.until(1);
      const { cuts } = clock;
      assert.equal(cuts.reduce((sum, cut) => sum + cut.ticks, 0), ticks);
      for (const [at, { startMs }] of cuts.entries()) {
        const before = cuts[at - 1];
        if (before) assert.ok(startMs >= before.startMs + before.ticks * 1000 / FPS - 1e-6);
      }
    }),
  );
});
