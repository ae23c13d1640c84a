/** What is known of the server's clock: its time is this page's time plus `offsetMs`. */
export interface ClockEstimate {
  readonly offsetMs: number;
  /** The offset is at most this wrong: half the round trip of the sample that it comes from. */
  readonly errorMs: number;
  /** Round trip of that sample. */
  readonly roundTripMs: number;
}

interface Sample extends ClockEstimate {
  readonly atMs: number;
}

/** Two clocks drift apart by a few ms a minute at most; older samples are not trusted. */
const WINDOW_MS = 60_000;

/** Pings without an answer that are remembered. */
const MAX_PENDING = 16;

/** The protocol's largest nonce. */
const MAX_NONCE = 2 ** 31;

/**
 * Estimates the offset of the server's clock from pings: the sample with the shortest round trip of
 * the last minute, as NTP's clock filter does (RFC 5905, section 10). Times are ms since the epoch.
 */
export class ServerClock {
  readonly #pending = new Map<number, number>();
  #samples: Sample[] = [];
  #nextNonce = 0;

  /** A ping leaves now; answers its nonce. */
  ping(nowMs: number): number {
    const nonce = this.#nextNonce;
    this.#nextNonce = nonce === MAX_NONCE ? 0 : nonce + 1;
    this.#pending.set(nonce, nowMs);
    if (this.#pending.size > MAX_PENDING) this.#pending.delete(this.#pending.keys().next().value!);
    return nonce;
  }

  /** The server answered at `timeMs` on its clock; unknown and doubled answers are ignored. */
  pong(nonce: number, timeMs: number, nowMs: number): void {
    const sentAtMs = this.#pending.get(nonce);
    if (sentAtMs === undefined || nowMs < sentAtMs) return;
    this.#pending.delete(nonce);
    const roundTripMs = nowMs - sentAtMs;
    const errorMs = roundTripMs / 2;
    this.#samples.push({
      offsetMs: timeMs - (sentAtMs + errorMs),
      errorMs,
      roundTripMs,
      atMs: nowMs,
    });
  }

  /** The best estimate of now; `null` before the first answer, or when the last is too long ago. */
  estimate(nowMs: number): ClockEstimate | null {
    this.#samples = this.#samples.filter(({ atMs }) => atMs > nowMs - WINDOW_MS);
    const best = this.#samples.reduce<Sample | null>(
      (least, sample) => least === null || sample.roundTripMs <= least.roundTripMs ? sample : least,
      null,
    );
    if (best === null) return null;
    const { offsetMs, errorMs, roundTripMs } = best;
    return { offsetMs, errorMs, roundTripMs };
  }

  /** Another carrier, perhaps another machine: starts anew. */
  clear(): void {
    this.#samples = [];
    this.#pending.clear();
  }
}
