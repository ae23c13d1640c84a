import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_DELAY_MS, Playout, type WaitingFrame } from "./playout.ts";

const FRAME_MS = 1000 / 30;
const SCREEN_MS = 1000 / 60;

interface World {
  /** When each frame arrives after its video time, ms. */
  readonly wayMs: (index: number) => number;
  /** How long the detector takes for its next frame, ms; `null`: its result is lost. */
  readonly runMs: (run: number) => number | null;
  readonly seconds: number;
  /** No frame of the screen and no message is served in this time, ms. */
  readonly stallMs?: readonly [number, number];
  readonly expects?: boolean;
}

interface Shown {
  readonly index: number;
  readonly atMs: number;
  readonly isAnswered: boolean;
}

/** A camera, a detector that takes the newest frame, and a screen, in steps of 1 ms. */
function play({ wayMs, runMs, seconds, stallMs, expects = true }: World) {
  const playout = new Playout();
  playout.expect(expects);
  const frames = Array.from({ length: Math.floor(seconds * 30) }, (_, index) => ({
    index,
    timeMs: index * FRAME_MS,
    receivedAtMs: index * FRAME_MS + wayMs(index),
    isAnswered: false,
  }));
  let waiting: (WaitingFrame & { index: number })[] = [];
  const shown: Shown[] = [];
  const delays: number[] = [];
  let skipped = 0;
  let most = 0;
  let runs = 0;
  let run: { timeMs: number; doneAtMs: number; isLost: boolean } | null = null;
  let arrived = 0;
  let nextScreenMs = 0;
  for (let nowMs = 0; nowMs < seconds * 1000 + 2_000; nowMs++) {
    if (stallMs !== undefined && nowMs >= stallMs[0] && nowMs < stallMs[1]) continue;
    for (; arrived < frames.length && frames[arrived]!.receivedAtMs <= nowMs; arrived++) {
      const frame = { ...frames[arrived]!, receivedAtMs: nowMs };
      playout.arrived(frame);
      waiting.push(frame);
    }
    if (run !== null && run.doneAtMs <= nowMs) {
      if (!run.isLost) playout.answered(run.timeMs, nowMs, waiting);
      run = null;
    }
    const newest = waiting.at(-1);
    if (run === null && newest !== undefined && !newest.isAnswered) {
      const tookMs = runMs(runs++);
      run = { timeMs: newest.timeMs, doneAtMs: nowMs + (tookMs ?? 100), isLost: tookMs === null };
    }
    if (nowMs < nextScreenMs) continue;
    nextScreenMs = Math.max(nextScreenMs + SCREEN_MS, nowMs);
    most = Math.max(most, waiting.length);
    const pick = playout.pick(nowMs, waiting, waiting.length >= 48);
    if (pick === null) continue;
    skipped += pick;
    const { index, isAnswered } = waiting[pick]!;
    shown.push({ index, atMs: nowMs, isAnswered });
    delays.push(playout.delayMs);
    waiting = waiting.slice(pick + 1);
  }
  return { shown, skipped, most, delays, left: waiting.length };
}

/** Any seed of {@linkcode randomOf}. */
const seed = fc.integer({ min: 1, max: 2 ** 31 - 2 });

/** Numbers in [0, 1) that look random and are always the same (Lehmer, 48271). */
function randomOf(start: number): () => number {
  let state = start;
  return () => {
    state = state * 48271 % 2147483647;
    return state / 2147483647;
  };
}

Deno.test("Playout: every frame is shown, in order, answered, with jittered ways and runs", () => {
  fc.assert(
    fc.property(seed, fc.integer({ min: 10, max: 250 }), (start, baseMs) => {
      const random = randomOf(start);
      const { shown, skipped, left } = play({
        wayMs: () => 20 + 15 * random(),
        runMs: () => baseMs * (1 + random() / 2),
        seconds: 6,
      });
      assert.deepEqual([skipped, left], [0, 0]);
      assert.deepEqual(shown.map(({ index }) => index), shown.map((_, index) => index));
      // Until the first result nothing is waited for; at the end none comes any more.
      const steady = shown.filter(({ index }) => index > 45 && index < 150);
      assert.ok(steady.every(({ isAnswered }) => isAnswered));
    }),
    { numRuns: 30 },
  );
});

Deno.test("Playout: the delay is steady and about what the answers take", () => {
  fc.assert(
    fc.property(seed, (start) => {
      const random = randomOf(start);
      const { shown, delays } = play({
        wayMs: () => 20 + 10 * random(),
        runMs: () => 80 + 40 * random(),
        seconds: 12,
      });
      const steady = delays.slice(150, 330);
      // A frame right after a processed one waits for that run's rest and the whole next one.
      assert.ok(Math.max(...steady) <= 2 * 120 + 20, `${Math.max(...steady)}`);
      assert.ok(Math.max(...steady) - Math.min(...steady) <= 45, `${Math.min(...steady)}`);
      const gaps = shown.slice(150, 330).map(({ atMs }, index, all) =>
        index === 0 ? FRAME_MS : atMs - all[index - 1]!.atMs
      );
      // One frame of the screen more or less, and one more where the delay still grows.
      assert.ok(Math.max(...gaps) <= FRAME_MS + 2 * SCREEN_MS + 2, `${Math.max(...gaps)}`);
    }),
    { numRuns: 20 },
  );
});

Deno.test("Playout: a lost result only makes the next one serve", () => {
  const { shown, skipped } = play({
    wayMs: () => 20,
    runMs: (run) => run % 5 === 4 ? null : 60,
    seconds: 6,
  });
  assert.equal(skipped, 0);
  assert.ok(shown.slice(60, 150).every(({ isAnswered }) => isAnswered));
});

/** The longest that one frame stays on the screen, ms. */
function longestGapMs(shown: readonly Shown[]): number {
  const gaps = shown.slice(1).map(({ atMs }, index) => atMs - shown[index]!.atMs);
  return Math.max(...gaps);
}

Deno.test("Playout: one bad second makes neither a stand-still nor a long delay", () => {
  // The detector is busy with other things from the fifth second on.
  const runMs = (run: number) => run === 50 ? 1_050 : 90;
  const { shown, skipped, delays } = play({ wayMs: () => 20, runMs, seconds: 12 });
  assert.equal(skipped, 0);
  const usual = Math.max(...delays.slice(60, 120));
  assert.ok(usual > 100 && usual <= 2 * 90 + 20, `${usual}`);
  assert.ok(Math.max(...delays) <= usual * 1.3 + 20 + SCREEN_MS, `${Math.max(...delays)}`);
  const gapMs = longestGapMs(shown.slice(30));
  assert.ok(gapMs <= 100, `${gapMs}`);
  // What came too late for its frame was shown without; all others were not.
  const without = shown.filter(({ index, isAnswered }) => index > 30 && index < 340 && !isAnswered);
  assert.ok(without.length > 15 && without.length < 40, `${without.length}`);
});

Deno.test("Playout: where now and then a run takes far longer, the delay is as of the others", () => {
  fc.assert(
    fc.property(seed, (start) => {
      const random = randomOf(start);
      const { delays } = play({
        wayMs: () => 20,
        runMs: (run) => run % 40 === 39 ? 600 : 100 + 40 * random(),
        seconds: 20,
      });
      assert.ok(Math.max(...delays.slice(120, 580)) <= 2 * 140 * 1.3 + 40);
    }),
    { numRuns: 20 },
  );
});

Deno.test("Playout: a detector that stays slower gets its time within two seconds", () => {
  const { shown, delays } = play({
    wayMs: () => 20,
    runMs: (run) => run < 50 ? 80 : 250,
    seconds: 16,
  });
  const changeMs = 50 * 80;
  const after = shown.filter(({ atMs, index }) => atMs > changeMs + 3_000 && index < 440);
  assert.ok(after.length > 200 && after.every(({ isAnswered }) => isAnswered));
  assert.ok(delays.at(-80)! <= 2 * 250 + 20, `${delays.at(-80)}`);
});

Deno.test("Playout: the delay falls soon after results come sooner, by no more than 10 % of haste", () => {
  const runMs = (run: number) => run < 20 ? 250 : 50;
  const { shown, skipped, delays } = play({ wayMs: () => 20, runMs, seconds: 16 });
  assert.equal(skipped, 0);
  assert.ok(Math.max(...delays) > 400);
  const fallMs = shown.findIndex((_, at) => at > 200 && delays[at]! < 120) * FRAME_MS;
  assert.ok(fallMs > 0 && fallMs < 20 * 250 + 7_000, `${fallMs}`);
  const peak = delays.lastIndexOf(Math.max(...delays));
  for (let at = peak; at + 30 < shown.length; at++) {
    const passedMs = shown[at + 30]!.atMs - shown[at]!.atMs;
    assert.ok(delays[at]! - delays[at + 30]! <= 0.1 * passedMs + 1);
  }
});

Deno.test("Playout: a page that stood still skips what nobody can catch up with", () => {
  const { shown, skipped, delays } = play({
    wayMs: () => 20,
    runMs: () => 50,
    seconds: 10,
    stallMs: [3_000, 5_000],
  });
  assert.ok(skipped > 0 && skipped < 70, `${skipped}`);
  const order = shown.map(({ index }) => index);
  assert.deepEqual(order, [...order].sort((a, b) => a - b));
  assert.ok(delays.at(-1)! < 400, `${delays.at(-1)}`);
});

Deno.test("Playout: no frame waits longer than the most, and there are never many", () => {
  const { shown, most, skipped } = play({ wayMs: () => 20, runMs: () => 5_000, seconds: 20 });
  assert.ok(most <= 48, `${most}`);
  assert.equal(skipped, 0);
  for (const { index, atMs } of shown) {
    assert.ok(atMs - (index * FRAME_MS + 20) <= MAX_DELAY_MS + 2 * SCREEN_MS);
  }
});

Deno.test("Playout: where no result is expected, nothing waits", () => {
  const { shown } = play({ wayMs: () => 20, runMs: () => 300, seconds: 3, expects: false });
  for (const { index, atMs } of shown) assert.ok(atMs - (index * FRAME_MS + 20) <= SCREEN_MS + 2);
});

Deno.test("Playout: before the first result, and a second after the last, nothing waits", () => {
  const { shown, delays } = play({
    wayMs: () => 20,
    runMs: (run) => run < 10 || run > 40 ? null : 100,
    seconds: 40,
  });
  assert.ok(shown[20]!.atMs - (20 * FRAME_MS + 20) <= SCREEN_MS + 2);
  assert.ok(delays.at(-1)! < 20, `${delays.at(-1)}`);
});

Deno.test("Playout: another video is another beginning", () => {
  const playout = new Playout();
  playout.expect(true);
  const frame = (timeMs: number, receivedAtMs: number) => ({
    timeMs,
    receivedAtMs,
    isAnswered: false,
  });
  const first = frame(0, 100);
  playout.arrived(first);
  playout.answered(0, 600, [first]);
  assert.equal(playout.delayMs, 500);
  playout.reset();
  playout.arrived(frame(1e9, 700));
  assert.equal(playout.delayMs, 0);
  assert.equal(playout.pick(700, [frame(1e9, 700)], false), 0);
});
