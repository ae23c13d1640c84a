import assert from "node:assert/strict";
import fc from "fast-check";
import {
  AUTO_HOLD_MS,
  type AutoFigures,
  type AutoState,
  START_AUTO,
  stepAuto,
} from "./auto_choice.ts";

/** One step each half second; answers the side after each second. */
function run(trace: readonly [seconds: number, figures: AutoFigures][], from = START_AUTO) {
  let state: AutoState = from;
  let nowMs = 0;
  const sides: string[] = [];
  for (const [seconds, figures] of trace) {
    for (let half = 0; half < seconds * 2; half++) state = stepAuto(state, figures, nowMs += 500);
    sides.push(state.side);
  }
  return { state, sides };
}

Deno.test("stepAuto() takes the faster side, and changes both ways when the load changes", () => {
  const { sides } = run([
    [5, { local: 72, server: 35 }],
    [5, { local: 72, server: 300 }],
    [5, { local: 900, server: 300 }],
    [5, { local: 20, server: 35 }],
  ]);
  assert.deepEqual(sides, ["server", "local", "server", "local"]);
});

Deno.test("stepAuto() begins in the browser and stays while anything is not measured", () => {
  assert.equal(START_AUTO.side, "local");
  const { sides } = run([
    [10, { local: null, server: 5 }],
    [10, { local: 5000, server: null }],
    [10, { local: null, server: null }],
  ]);
  assert.deepEqual(sides, ["local", "local", "local"]);
});

Deno.test("stepAuto() asks for 15 % and 3 s", () => {
  assert.deepEqual(run([[30, { local: 100, server: 86 }]]).sides, ["local"]);
  assert.deepEqual(run([[10, { local: 100, server: 84 }]]).sides, ["server"]);
  const blips = Array.from({ length: 10 }, () =>
    [
      [AUTO_HOLD_MS / 1000 - 0.5, { local: 100, server: 10 }],
      [0.5, { local: 100, server: 99 }],
    ] as const).flat();
  assert.equal(run(blips as never).sides.at(-1), "local");
});

Deno.test("stepAuto() leaves a side that fails at once, and does not take one that cannot be had", () => {
  assert.equal(stepAuto(START_AUTO, { local: "failed", server: 500 }, 0).side, "server");
  assert.equal(stepAuto(START_AUTO, { local: "failed", server: null }, 0).side, "local");
  assert.equal(stepAuto(START_AUTO, { local: 100, server: "failed" }, 0).side, "local");
  const server: AutoState = { side: "server", otherBetterSinceMs: null };
  assert.equal(stepAuto(server, { local: null, server: "failed" }, 0).side, "local");
});

Deno.test("stepAuto() never changes twice within its hold while both sides are measured", () => {
  const ms = fc.double({ min: 1, max: 1000, noNaN: true });
  fc.assert(fc.property(fc.array(fc.tuple(ms, ms), { maxLength: 100 }), (trace) => {
    let state = START_AUTO;
    let changedAtMs = -Infinity;
    for (const [index, [local, server]] of trace.entries()) {
      const next = stepAuto(state, { local, server }, index * 500);
      if (next.side !== state.side) {
        assert(index * 500 - changedAtMs >= AUTO_HOLD_MS);
        changedAtMs = index * 500;
      }
      state = next;
    }
  }));
});
