import assert from "node:assert/strict";
import fc from "fast-check";
import { ClockSync } from "./clock_sync.ts";

/** A page's clock may well show this. */
const START_MS = 1.7e12;

/** Another clock: ahead by this at the start, and gaining. */
interface Other {
  readonly offsetMs: number;
  readonly driftPpm: number;
}

/** One ping: how long after the one before, how long there and back. */
interface Trip {
  readonly gapMs: number;
  readonly thereMs: number;
  readonly backMs: number;
  readonly isLost: boolean;
  readonly isDoubled: boolean;
}

function offsetAt({ offsetMs, driftPpm }: Other, nowMs: number): number {
  return offsetMs + (nowMs - START_MS) * driftPpm / 1e6;
}

function assertBound(clock: ClockSync, other: Other, nowMs: number): void {
  const estimate = clock.estimate(nowMs);
  if (estimate === null) return;
  const wrongMs = Math.abs(estimate.offsetMs - offsetAt(other, nowMs));
  assert(wrongMs <= estimate.errorMs, `${wrongMs} ms wrong, said ${estimate.errorMs}`);
}

/** Lets pings and answers happen in the order of their times, and looks after each answer. */
function simulate(clock: ClockSync, other: Other, trips: readonly Trip[], fromMs = START_MS) {
  const events: { atMs: number; act(): void }[] = [];
  let pingMs = fromMs;
  for (const { gapMs, thereMs, backMs, isLost, isDoubled } of trips) {
    pingMs += gapMs;
    const sentMs = pingMs;
    let nonce = -1;
    events.push({ atMs: sentMs, act: () => nonce = clock.ping(sentMs) });
    if (isLost) continue;
    const stampMs = sentMs + thereMs;
    const timeMs = stampMs + offsetAt(other, stampMs);
    for (const backAtMs of isDoubled ? [backMs, backMs + 40] : [backMs]) {
      const atMs = stampMs + backAtMs;
      events.push({ atMs, act: () => clock.pong(nonce, timeMs, atMs) });
    }
  }
  events.sort((a, b) => a.atMs - b.atMs);
  for (const { atMs, act } of events) {
    act();
    assertBound(clock, other, atMs);
    assertBound(clock, other, atMs + 1_000);
  }
  return events.at(-1)?.atMs ?? fromMs;
}

const delayMs = fc.oneof(
  fc.double({ min: 0, max: 5, noNaN: true }),
  fc.double({ min: 0, max: 400, noNaN: true }),
);
const trip: fc.Arbitrary<Trip> = fc.record({
  gapMs: fc.oneof(fc.constant(200), fc.constant(2000), fc.integer({ min: 10, max: 40_000 })),
  thereMs: delayMs,
  backMs: delayMs,
  isLost: fc.boolean(),
  isDoubled: fc.boolean(),
});
const other: fc.Arbitrary<Other> = fc.record({
  offsetMs: fc.integer({ min: -1e9, max: 1e9 }),
  driftPpm: fc.double({ min: -100, max: 100, noNaN: true }),
});
const TRIP: Trip = { gapMs: 2000, thereMs: 1, backMs: 1, isLost: false, isDoubled: false };

Deno.test("ClockSync.estimate() is never more wrong than it says: jitter, asymmetry, loss, order, drift", () => {
  fc.assert(
    fc.property(
      other,
      fc.array(trip, { minLength: 1, maxLength: 60 }),
      (other, trips) => void simulate(new ClockSync(), other, trips),
    ),
    { numRuns: 300 },
  );
});

Deno.test("ClockSync.estimate() holds where a whole direction is slow", () => {
  const trips = Array.from({ length: 40 }, () => ({ ...TRIP, thereMs: 180, backMs: 2 }));
  const clock = new ClockSync();
  const endMs = simulate(clock, { offsetMs: 500, driftPpm: 30 }, trips);
  const { errorMs } = clock.estimate(endMs)!;
  assert(errorMs <= 91.2, `${errorMs}`);
});

Deno.test("ClockSync.estimate() begins at half the round trip and is better after better samples", () => {
  const clock = new ClockSync();
  assert.equal(clock.estimate(START_MS), null);
  let nowMs = simulate(clock, { offsetMs: 5000, driftPpm: 0 }, [
    { ...TRIP, thereMs: 100, backMs: 100 },
  ]);
  assert(Math.abs(clock.estimate(nowMs)!.errorMs - 100) < 0.2);
  assert.equal(clock.estimate(nowMs)!.driftPpm, null);
  nowMs = simulate(clock, { offsetMs: 5000, driftPpm: 0 }, [TRIP], nowMs);
  assert(clock.estimate(nowMs)!.errorMs < 1.2);
  assert.equal(Math.round(clock.estimate(nowMs)!.roundTripMs), 2);
});

Deno.test("ClockSync.estimate() learns the drift, and keeps the offset by it while answers are slow", () => {
  const clock = new ClockSync();
  const gaining: Other = { offsetMs: -40, driftPpm: 100 };
  const quick = Array.from({ length: 45 }, () => ({ ...TRIP, thereMs: 0.4, backMs: 0.4 }));
  let nowMs = simulate(clock, gaining, quick);
  assert(Math.abs(clock.estimate(nowMs)!.driftPpm! - 100) < 15);
  const slow = Array.from({ length: 15 }, () => ({ ...TRIP, thereMs: 200, backMs: 10 }));
  nowMs = simulate(clock, gaining, slow, nowMs);
  // Half a round trip would be 105 ms, and 30 s of a drift that is not known 6 ms.
  assert(clock.estimate(nowMs)!.errorMs < 2);
});

Deno.test("ClockSync.estimate() is less sure with time, and knows nothing in the end", () => {
  const clock = new ClockSync();
  const still: Other = { offsetMs: 7, driftPpm: 90 };
  const nowMs = simulate(clock, still, [TRIP]);
  const { errorMs } = clock.estimate(nowMs)!;
  assertBound(clock, still, nowMs + 100_000);
  assert(clock.estimate(nowMs + 100_000)!.errorMs > errorMs + 5);
  assert.equal(clock.estimate(nowMs + 200_000), null);
});

Deno.test("ClockSync follows a clock that steps, from the first answer after it", () => {
  const stepMs = fc.oneof(
    fc.integer({ min: 1_000, max: 1e8 }),
    fc.integer({ min: -1e8, max: -1_000 }),
  );
  const answered = fc.array(trip.map((one) => ({ ...one, isLost: false })), {
    minLength: 1,
    maxLength: 20,
  });
  fc.assert(fc.property(other, stepMs, answered, answered, (other, stepMs, before, after) => {
    const clock = new ClockSync();
    const lastMs = simulate(clock, other, before);
    const stepped = { ...other, offsetMs: other.offsetMs + stepMs };
    // The first answer has to come before anything can be known of the step.
    const nonce = clock.ping(lastMs);
    clock.pong(nonce, lastMs + 3 + offsetAt(stepped, lastMs + 3), lastMs + 6);
    assertBound(clock, stepped, lastMs + 6);
    simulate(clock, stepped, after, lastMs + 6);
  }));
});

Deno.test("ClockSync ignores answers that nobody asked for, and those that come before the ping", () => {
  const clock = new ClockSync();
  clock.pong(0, START_MS, START_MS);
  assert.equal(clock.estimate(START_MS), null);
  const nonce = clock.ping(START_MS);
  clock.pong(nonce, START_MS, START_MS - 1);
  assert.equal(clock.estimate(START_MS), null);
  clock.pong(nonce, START_MS + 10, START_MS + 20);
  clock.pong(nonce, START_MS + 99_999, START_MS + 21);
  assert(Math.abs(clock.estimate(START_MS + 30)!.offsetMs) < 0.1);
});

Deno.test("ClockSync gets over one forged time with the next honest answer", () => {
  const clock = new ClockSync();
  const honest: Other = { offsetMs: 20, driftPpm: 0 };
  const nowMs = simulate(clock, honest, Array.from({ length: 5 }, () => TRIP));
  clock.pong(clock.ping(nowMs), nowMs + 1e6, nowMs + 1);
  const nonce = clock.ping(nowMs + 2000);
  clock.pong(nonce, nowMs + 2021, nowMs + 2002);
  assertBound(clock, honest, nowMs + 2002);
});

Deno.test("ClockSync.clear() forgets the other clock and what is still unanswered", () => {
  const clock = new ClockSync();
  const nonce = clock.ping(START_MS);
  simulate(clock, { offsetMs: 1, driftPpm: 0 }, [TRIP]);
  clock.clear();
  clock.pong(nonce, START_MS, START_MS + 5000);
  assert.equal(clock.estimate(START_MS + 5000), null);
});

Deno.test("ClockSync holds no more however long it runs", () => {
  const clock = new ClockSync();
  const trips = Array.from({ length: 3000 }, () => ({ ...TRIP, isLost: true }));
  const nowMs = simulate(clock, { offsetMs: 0, driftPpm: 0 }, trips);
  // Only the newest pings are remembered.
  clock.pong(0, nowMs, nowMs);
  assert.equal(clock.estimate(nowMs), null);
});
