import assert from "node:assert/strict";
import fc from "fast-check";
import { ThreadTrial, type TrialResult } from "./thread_trial.ts";

const FRAME_MS = 33;
const EPOCH_MS = 1.7e12;

/** What a machine gives with so many threads: results so far apart, of frames so old. */
type Machine = (threads: number) => { readonly intervalMs: number; readonly ageMs: number };

/** Runs a trial to its end on a machine. @returns What it chose, and what it tried. */
function runTrial(
  machine: Machine,
  others: readonly number[],
  clock: "rtp" | "media" | null = "rtp",
) {
  const trial = new ThreadTrial(3, others);
  const tried: number[] = [];
  let threads = 3;
  // Ticks wrap in the middle of it.
  const startRtp = 2 ** 32 - 90 * 1_500;
  for (let atMs = 0; atMs < 120_000;) {
    const { intervalMs, ageMs } = machine(threads);
    atMs += intervalMs;
    const frameMs = atMs - ageMs;
    const key = clock === null ? null : {
      clock,
      value: clock === "rtp" ? (startRtp + Math.round(frameMs * 90)) % 2 ** 32 : frameMs,
    };
    const result: TrialResult = {
      key,
      inputPx: { widthPx: 416, heightPx: 320 },
      readyAtMs: EPOCH_MS + atMs,
      grabbedAtMs: EPOCH_MS + frameMs,
      waitedMs: 0,
    };
    const step = trial.add(result);
    if (step === null) continue;
    if (step.isBetter === false) threads = trial.threads;
    if (step.next === null) assert.equal(trial.isMeasured, true);
    if (step.next === null) return { chosen: trial.threads, tried };
    assert.equal(trial.add(result), null, "waits for the next to begin");
    tried.push(threads = step.next);
    trial.begin();
  }
  throw new Error("The trial has no end");
}

Deno.test("ThreadTrial finds what is freshest on the screen, by any clock of the frames", () => {
  const age = fc.integer({ min: 10, max: 2_000 });
  const cases = fc.tuple(age, age, age, fc.constantFrom("rtp" as const, "media" as const, null));
  fc.assert(fc.property(cases, ([three, four, two, clock]) => {
    const agesMs: Record<number, number> = { 2: two, 3: three, 4: four };
    const machine = (threads: number) => ({ intervalMs: FRAME_MS, ageMs: agesMs[threads]! });
    const { chosen, tried } = runTrial(machine, [4, 2], clock);
    assert.deepEqual(tried, [4, 2]);
    const leastMs = Math.min(three, four, two);
    assert.ok(agesMs[chosen]! <= leastMs + 2 * 4.1, `${chosen} of ${JSON.stringify(agesMs)}`);
  }));
});

Deno.test("ThreadTrial counts how long a result stays, and takes the fewer threads of two as good", () => {
  const rare = (threads: number) => ({ intervalMs: threads === 4 ? 40 : 160, ageMs: 50 });
  assert.equal(runTrial(rare, [4, 2]).chosen, 4);
  const alike = (threads: number) => ({ intervalMs: FRAME_MS, ageMs: 50 - threads });
  assert.equal(runTrial(alike, [4, 2]).chosen, 2);
});

Deno.test("ThreadTrial leaves things as they are when the input's size changes", () => {
  const trial = new ThreadTrial(3, [4]);
  const result = (atMs: number, widthPx: number): TrialResult => ({
    key: null,
    inputPx: { widthPx, heightPx: 320 },
    readyAtMs: atMs,
    grabbedAtMs: atMs - 20,
    waitedMs: 0,
  });
  assert.equal(trial.add(result(0, 416)), null);
  assert.deepEqual(trial.add(result(33, 320)), { isBetter: null, next: null });
  assert.deepEqual([trial.threads, trial.isMeasured], [3, false]);
});
