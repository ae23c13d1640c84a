import type { TrackedDetection } from "@/vision";
import { MAX_PREDICT_MS } from "./box_list.ts";

/** Places of an object that are kept, and for how long: what it did before says little. */
const MAX_PLACES = 48;
const MEMORY_MS = 4_000;

/** Predictions of an object that its velocity is judged by, and how far apart at least: 4 s together. */
const MAX_TRIALS = 40;
const TRIAL_EVERY_MS = 100;

/** Parts of its velocity that an object may be believed to go on with. */
const SHARES = [1, 0.75, 0.5, 0.25] as const;

/** Worth so much less than standing still in the sum of {@linkcode Trial}s, moving is the better. */
const CLEARLY = 0.7;

interface Place {
  readonly timeMs: number;
  readonly x: number;
  readonly y: number;
  /** Shares of the picture per second. */
  readonly vx: number;
  readonly vy: number;
}

/** How far off a prediction was with each of the {@linkcode SHARES}, and without any: to the fourth power. */
interface Trial {
  readonly still: number;
  readonly moved: readonly number[];
}

interface Known {
  places: Place[];
  trials: Trial[];
  triedMs: number;
  /** All of it to begin with: only what was seen twice has a velocity. */
  share: number;
}

/**
 * How much of an object's velocity is believed: as much as would have shown its last places better
 * than the place before did. What turns back and forth stands still between results, and so does what
 * has just turned, until the next result shows that its new velocity holds.
 */
export class VelocityTrust {
  readonly #known = new Map<number, Known>();

  /** Takes in the objects of a frame, when boxes are shown for about `aheadMs` without a newer result. */
  add(found: readonly TrackedDetection[], timeMs: number, aheadMs: number): void {
    for (const [id, { places }] of this.#known) {
      if (timeMs - places.at(-1)!.timeMs > MEMORY_MS) this.#known.delete(id);
    }
    for (const { box, trackId, velocity } of found) {
      if (trackId === null) continue;
      const known = this.#known.get(trackId) ??
        { places: [], trials: [], triedMs: -Infinity, share: 1 };
      this.#known.set(trackId, known);
      const place = {
        timeMs,
        x: (box.xmin + box.xmax) / 2,
        y: (box.ymin + box.ymax) / 2,
        vx: velocity?.x ?? 0,
        vy: velocity?.y ?? 0,
      };
      judge(known, place, aheadMs);
    }
  }

  /** The share of its velocity that an object goes on with, 0–1. */
  shareOf(trackId: number | null): number {
    return trackId === null ? 0 : this.#known.get(trackId)?.share ?? 0;
  }

  /** Forgets all. */
  clear(): void {
    this.#known.clear();
  }
}

function judge(known: Known, place: Place, aheadMs: number): void {
  const { places, trials } = known;
  const last = places.at(-1);
  if (last !== undefined) {
    if (place.timeMs - known.triedMs >= TRIAL_EVERY_MS) {
      const far = farthest(places, place.timeMs - aheadMs) ?? last;
      trials.push(trialOf(far, place));
      if (trials.length > MAX_TRIALS) trials.shift();
      known.triedMs = place.timeMs;
    }
    // The step just made tells of a turn at once, however far ahead boxes are shown.
    const step = trialOf(last, place);
    const best = bestOf(trials);
    known.share = best === null || step.moved[best]! > step.still ? 0 : SHARES[best]!;
  }
  places.push(place);
  if (places.length > MAX_PLACES || places[0]!.timeMs < place.timeMs - MEMORY_MS) places.shift();
}

/** The oldest place not before a time. */
function farthest(places: readonly Place[], timeMs: number): Place | undefined {
  return places.find((place) => place.timeMs >= timeMs);
}

function trialOf(from: Place, to: Place): Trial {
  const dtS = Math.min(to.timeMs - from.timeMs, MAX_PREDICT_MS) / 1000;
  const off = (share: number) => {
    const x = to.x - from.x - share * dtS * from.vx;
    const y = to.y - from.y - share * dtS * from.vy;
    return (x * x + y * y) ** 2;
  };
  return { still: off(0), moved: SHARES.map(off) };
}

/**
 * The largest share that would clearly have been better than standing still, by its index; `null`: none. Fourth
 * powers weigh the bad end: what is far off now and then is worse than what is a little off all the time.
 */
function bestOf(trials: readonly Trial[]): number | null {
  const still = sumOf(trials, (trial) => trial.still);
  const best = SHARES.findIndex((_, index) =>
    sumOf(trials, ({ moved }) => moved[index]!) <= CLEARLY * still
  );
  return best < 0 ? null : best;
}

function sumOf(trials: readonly Trial[], value: (trial: Trial) => number): number {
  return trials.reduce((sum, trial) => sum + value(trial), 0);
}
