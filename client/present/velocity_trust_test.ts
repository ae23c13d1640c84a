import assert from "node:assert/strict";
import { initVision, Tracker } from "@/vision";
import { median, quantile } from "../base/quantiles.ts";
import { BoxList } from "./box_list.ts";
import { LiveBoxes } from "./live_boxes.ts";
import { ResultBook } from "./result_book.ts";
import { found, moving, resultOf } from "./testing/results.ts";
import { VelocityTrust } from "./velocity_trust.ts";

const STEP_MS = 125;
const AHEAD_MS = 500;

/** Shares believed after each result of an object at these places that is said to move so. */
function shares(places: readonly number[], velocityAt: (index: number) => number): number[] {
  const trust = new VelocityTrust();
  return places.map((centre, index) => {
    const velocity = moving(velocityAt(index));
    trust.add([found(centre, { trackId: 1, velocity })], index * STEP_MS, AHEAD_MS);
    return trust.shareOf(1);
  });
}

Deno.test("VelocityTrust: what goes on as said is believed, and what was seen once without an id never", () => {
  const places = Array.from({ length: 12 }, (_, index) => 0.2 + 0.04 * index);
  assert.deepEqual(shares(places, () => 0.32).at(-1), 1);
  assert.equal(new VelocityTrust().shareOf(null), 0);
});

Deno.test("VelocityTrust: after a turn nothing is believed at once, and all again within two results", () => {
  const places = [0.2, 0.24, 0.28, 0.32, 0.36, 0.4, 0.36, 0.32, 0.28, 0.24];
  const seen = shares(places, (index) => index <= 5 ? 0.32 : -0.32);
  assert.equal(seen[5], 1);
  assert.equal(seen[6], 0);
  assert.ok(seen[8]! > 0, `${seen}`);
});

Deno.test("VelocityTrust: what swings to and fro is left where it was found", () => {
  const places = Array.from({ length: 30 }, (_, index) => 0.5 + 0.04 * (index % 2));
  const seen = shares(places, (index) => index % 2 === 0 ? -0.32 : 0.32);
  assert.deepEqual(seen.slice(5), Array(25).fill(0));
});

Deno.test("VelocityTrust: what is not seen any more is forgotten", () => {
  const trust = new VelocityTrust();
  trust.add([found(0.2, { trackId: 1, velocity: moving(0.1) })], 0, AHEAD_MS);
  trust.add([], 5_000, AHEAD_MS);
  assert.equal(trust.shareOf(1), 0);
});

/** Centres of an object, one a 30th of a second, by the way it goes. */
const PATHS: Readonly<Record<string, (random: () => number) => (timeS: number) => number>> = {
  constant: () => (timeS) => 0.1 + 0.06 * timeS,
  turning: (random) => {
    const turns = Array.from({ length: 10 }, (_, index) => index * 1.2 + random());
    return (timeS) => {
      let [x, from, pace] = [0.3, 0, 0.25];
      for (const turn of turns) {
        if (turn > timeS) break;
        x += pace * (turn - from);
        [from, pace] = [turn, -pace];
      }
      return x + pace * (timeS - from);
    };
  },
  accelerating: (random) => {
    const phase = 6 * random();
    return (timeS) => 0.5 + 0.25 * Math.sin(1.5 * timeS + phase);
  },
  stopping: (random) => {
    const goesS = 0.8 + random();
    return (timeS) => {
      const round = timeS % (2 * goesS);
      const rounds = Math.floor(timeS / (2 * goesS));
      return 0.1 + 0.12 * (rounds * goesS + Math.min(round, goesS));
    };
  },
  jittering: (random) => () => 0.5 + 0.03 * (random() - 0.5),
};

/** Numbers in [0, 1), the same each time. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => (state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32;
}

Deno.test("VelocityTrust: on no kind of path are predicted boxes further off than boxes left alone", async () => {
  await initVision();
  for (const [kind, pathOf] of Object.entries(PATHS)) {
    for (const [everyMs, lateMs] of [[33, 60], [125, 300], [330, 400]] as const) {
      const errors: Record<"held" | "moved", number[]> = { held: [], moved: [] };
      for (let seed = 1; seed <= 12; seed++) follow(seed, pathOf, everyMs, lateMs, errors);
      const [held, moved] = [errors.held, errors.moved];
      const words = `${kind}, ${everyMs} ms, ${lateMs} ms late`;
      assert.ok(median(moved)! <= median(held)! + 0.002, `median: ${words}`);
      for (const share of [0.75, 0.9, 0.95]) {
        const [off, still] = [quantile(moved, share)!, quantile(held, share)!];
        assert.ok(off <= 1.1 * still + 0.002, `${share}: ${words}: ${off} instead of ${still}`);
      }
    }
  }
});

function follow(
  seed: number,
  pathOf: (random: () => number) => (timeS: number) => number,
  everyMs: number,
  lateMs: number,
  errors: Record<"held" | "moved", number[]>,
): void {
  const random = seeded(seed * 7919);
  const path = pathOf(random);
  const tracker = new Tracker();
  const book = new ResultBook();
  const [held, moved] = [new LiveBoxes(), new LiveBoxes()];
  held.predict(false);
  const boxes = new BoxList();
  const coming: { readonly timeMs: number; readonly centre: number }[] = [];
  let nextMs = 0;
  for (let nowMs = 0; nowMs < 10_000; nowMs += 1000 / 30) {
    const centre = path(nowMs / 1000);
    if (nowMs >= nextMs) {
      nextMs += everyMs;
      coming.push({ timeMs: nowMs, centre: centre + 0.004 * (random() - 0.5) });
    }
    if (coming.length > 0 && coming[0]!.timeMs + lateMs <= nowMs) {
      const { timeMs, centre } = coming.shift()!;
      const tracked = tracker.update([found(centre)], { timeMs, scoreThreshold: 0.4 });
      const placed = book.add(timeMs, resultOf(0, tracked.detections));
      held.add(placed, nowMs);
      moved.add(placed, nowMs);
    }
    for (const [name, live] of [["held", held], ["moved", moved]] as const) {
      boxes.clear();
      live.collect(nowMs, boxes);
      if (boxes.length === 0) continue;
      const { xmin, xmax } = boxes.at(0);
      errors[name].push(Math.abs((xmin + xmax) / 2 - centre));
    }
  }
  tracker.free();
}
