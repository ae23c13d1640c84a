import assert from "node:assert/strict";
import { Keeper, type KeeperTold } from "./keeper.ts";

/** A keeper whose runs the test has in hand. Nothing has to be waited for. */
function setUp(fails: () => Error | null = () => null) {
  const runs: { told: KeeperTold; isClosed: boolean }[] = [];
  const changes: string[] = [];
  const keeper: Keeper = new Keeper({
    limits: { startMs: Infinity, startSilenceMs: Infinity, silenceMs: Infinity, backoffMs: [0] },
    open(told) {
      const error = fails();
      if (error !== null) throw error;
      const run = { told, isClosed: false };
      runs.push(run);
      return { close: () => void (run.isClosed = true) };
    },
    unable: (error) => error instanceof Deno.errors.NotFound ? "There is none." : null,
    onChange: () => void changes.push(keeper.state?.kind ?? "off"),
  });
  return { keeper, runs, changes };
}

Deno.test("Keeper has one run while it is wanted, and another when that ended", () => {
  const { keeper, runs, changes } = setUp();
  keeper.tick(0);
  assert.equal(keeper.state, null);
  keeper.want(true);
  keeper.want(true);
  runs[0]!.told.heard();
  assert.equal(keeper.problem, null);
  runs[0]!.told.ended("It broke.");
  assert.deepEqual([keeper.isRunning, keeper.problem, runs[0]!.isClosed], [
    false,
    "It broke.",
    true,
  ]);
  keeper.tick(0);
  assert.deepEqual([runs.length, keeper.isRunning], [2, true]);
  // Until the next one does what it is for, the reason stands.
  assert.equal(keeper.problem, "It broke.");
  runs[1]!.told.heard();
  assert.equal(keeper.problem, null);
  keeper.want(false);
  assert.deepEqual([keeper.state, runs[1]!.isClosed], [null, true]);
  assert.deepEqual(changes, ["starting", "ready", "restarting", "starting", "ready", "off"]);
});

Deno.test("Keeper does not hear what an earlier run says", () => {
  const { keeper, runs } = setUp();
  keeper.want(true);
  keeper.restart();
  assert.deepEqual([runs.length, runs[0]!.isClosed], [2, true]);
  runs[0]!.told.heard();
  runs[0]!.told.ended("late words");
  assert.deepEqual([keeper.state?.kind, keeper.problem], ["starting", null]);
});

Deno.test("Keeper tries again what may pass, and not what only a person can mend", () => {
  let error: Error | null = new Error("no memory");
  const { keeper, runs } = setUp(() => error);
  keeper.want(true);
  assert.equal(keeper.state?.kind, "restarting");
  error = new Deno.errors.NotFound("no program");
  keeper.tick(0);
  assert.deepEqual([keeper.state?.kind, keeper.problem], ["unable", "There is none."]);
  error = null;
  keeper.tick(0);
  assert.equal(runs.length, 0);
  // Wanted anew, it may have been mended.
  keeper.want(false);
  keeper.want(true);
  assert.equal(runs.length, 1);
});
