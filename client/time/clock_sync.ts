/** What is known of another clock: its time is this page's time plus `offsetMs`. */
export interface ClockEstimate {
  /** Now: the drift since the samples is in it. */
  readonly offsetMs: number;
  /** The offset is at most this wrong; see {@linkcode ClockSync}. */
  readonly errorMs: number;
  /** The shortest round trip of the window. */
  readonly roundTripMs: number;
  /** How fast the other clock gains on this one; `null` while it is known to no use. */
  readonly driftPpm: number | null;
}

/** One answered ping: at `atMs` the offset was `offsetMs`, give or take `errorMs`. */
interface Sample {
  readonly atMs: number;
  readonly offsetMs: number;
  readonly errorMs: number;
  readonly roundTripMs: number;
}

interface Range {
  readonly low: number;
  readonly high: number;
}

/** Long enough to see a drift, short enough for it to stay the same. */
const WINDOW_MS = 120_000;

/** Of each part of the window the sample with the shortest round trip is kept. */
const SLOT_MS = 5_000;

/** Two quartz clocks with 100 ppm each, which is more than the worst phones have. */
const MAX_DRIFT = 200e-6;

/** How much the drift may change within the window: as much as a phone that warms up. */
const MAX_WANDER = 10e-6;

/** What browsers round their clocks by at most on isolated pages, as ours are. */
const ROUNDING_MS = 0.1;

/** A drift that may be this wrong says nothing. */
const MAX_DRIFT_ERROR = 50e-6;

/** Pings without an answer that are remembered. */
const MAX_PENDING = 16;

/** The protocol's largest nonce. */
const MAX_NONCE = 2 ** 31;

const ANY_DRIFT: Range = { low: -MAX_DRIFT, high: MAX_DRIFT };

/**
 * Estimates the offset and the drift of another clock from pings. Times are ms since the epoch by
 * clocks that never go back.
 *
 * The other side stamps a ping somewhere between its leaving and its answer's coming. So at the
 * middle of the two the offset is within RTT/2 of what the stamp says, however unequal the two ways
 * are; and at another time within RTT/2 + age × drift. The drift is bounded by what quartz does, and
 * by every two samples of the window: (difference of offsets ± both bounds) / time between them.
 * The offset now lies in what all samples allow; the estimate is the middle of that and its error
 * half the width: at most (RTT/2 + {@linkcode ROUNDING_MS}) + age × (half the range of the drift), for
 * every sample. This is a bound, not a standard deviation.
 *
 * It stops holding when a clock steps, as when a machine sleeps: a sample that the others rule out
 * makes it start anew. A step so small that samples do not contradict each other is forgotten with
 * the window.
 */
export class ClockSync {
  readonly #pending = new Map<number, number>();
  /** The best of each slot, oldest first. */
  #samples: Sample[] = [];
  #drift: Range = ANY_DRIFT;
  #nextNonce = 0;

  /** A ping leaves now; answers its nonce. */
  ping(nowMs: number): number {
    const nonce = this.#nextNonce;
    this.#nextNonce = nonce === MAX_NONCE ? 0 : nonce + 1;
    this.#pending.set(nonce, nowMs);
    if (this.#pending.size > MAX_PENDING) this.#pending.delete(this.#pending.keys().next().value!);
    return nonce;
  }

  /** The other side answered at `timeMs` on its clock; unknown and doubled answers are ignored. */
  pong(nonce: number, timeMs: number, nowMs: number): void {
    const sentAtMs = this.#pending.get(nonce);
    if (sentAtMs === undefined || nowMs < sentAtMs) return;
    this.#pending.delete(nonce);
    const roundTripMs = nowMs - sentAtMs;
    const atMs = sentAtMs + roundTripMs / 2;
    const errorMs = roundTripMs / 2 * (1 + MAX_DRIFT) + ROUNDING_MS;
    this.#add({ atMs, offsetMs: timeMs - atMs, errorMs, roundTripMs }, nowMs);
  }

  /** The best estimate of now; `null` before the first answer, or when the last is too long ago. */
  estimate(nowMs: number): ClockEstimate | null {
    this.#samples = this.#samples.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    const newest = this.#samples.at(-1);
    if (newest === undefined) return null;
    let offset = offsetAt(nowMs, this.#samples, this.#drift);
    if (offset === null) {
      this.#restart(newest);
      offset = offsetAt(nowMs, [newest], ANY_DRIFT)!;
    }
    const { low, high } = this.#drift;
    const isKnown = (high - low) / 2 <= MAX_DRIFT_ERROR;
    return {
      offsetMs: (offset.low + offset.high) / 2,
      errorMs: (offset.high - offset.low) / 2,
      roundTripMs: Math.min(...this.#samples.map((sample) => sample.roundTripMs)),
      driftPpm: isKnown ? (low + high) / 2 * 1e6 : null,
    };
  }

  /** Another channel, perhaps another machine: starts anew. */
  clear(): void {
    this.#samples = [];
    this.#drift = ANY_DRIFT;
    this.#pending.clear();
  }

  #restart(sample: Sample): void {
    this.#samples = [sample];
    this.#drift = ANY_DRIFT;
  }

  #add(sample: Sample, nowMs: number): void {
    // What the kept ones say of its time rules it out, even where it would not be kept itself.
    if (offsetAt(sample.atMs, [...this.#samples, sample], this.#drift) === null) {
      return this.#restart(sample);
    }
    const slot = slotOf(sample);
    const rival = this.#samples.find((other) => slotOf(other) === slot);
    if (rival !== undefined && rival.roundTripMs < sample.roundTripMs) return;
    this.#samples = [...this.#samples.filter((other) => other !== rival), sample]
      .filter(({ atMs }) => atMs > nowMs - WINDOW_MS)
      .sort((a, b) => a.atMs - b.atMs);
    const drift = driftOf(this.#samples);
    if (drift === null) this.#restart(sample);
    else this.#drift = drift;
  }
}

function slotOf({ atMs }: Sample): number {
  return Math.floor(atMs / SLOT_MS);
}

/** What the offset can be at a time by all samples; `null`: they contradict each other. */
function offsetAt(timeMs: number, samples: readonly Sample[], drift: Range): Range | null {
  return overlap(samples.map(({ atMs, offsetMs, errorMs }) => {
    const ageMs = timeMs - atMs;
    const moved = [drift.low * ageMs, drift.high * ageMs];
    return {
      low: offsetMs - errorMs + Math.min(...moved),
      high: offsetMs + errorMs + Math.max(...moved),
    };
  }));
}

/** What the drift can be by every two of the samples; `null`: they contradict each other. */
function driftOf(samples: readonly Sample[]): Range | null {
  return overlap([
    ANY_DRIFT,
    ...samples.flatMap((late, index) =>
      samples.slice(0, index).map((early) => {
        const apartMs = late.atMs - early.atMs;
        const gained = late.offsetMs - early.offsetMs;
        const errorMs = late.errorMs + early.errorMs;
        return {
          low: (gained - errorMs) / apartMs - MAX_WANDER,
          high: (gained + errorMs) / apartMs + MAX_WANDER,
        };
      })
    ),
  ]);
}

function overlap(ranges: readonly Range[]): Range | null {
  const low = Math.max(...ranges.map((range) => range.low));
  const high = Math.min(...ranges.map((range) => range.high));
  return low > high ? null : { low, high };
}
