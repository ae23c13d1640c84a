/** Delay before the second attempt, doubled for each further one. */
const FIRST_DELAY_MS = 250;

/** Somebody is looking at the page: within the first minute it never waits longer than this. */
export const EARLY_CAP_MS = 2_000;

/** How long {@linkcode EARLY_CAP_MS} holds. */
export const EARLY_MS = 60_000;

/** Later the server is away for good or the laptop sleeps: ask seldom, but notice within 15 s. */
export const LATE_CAP_MS = 15_000;

/** The longest wait that a server can impose; more than this is a fault or malice. */
export const RETRY_AFTER_CAP_MS = 5 * 60_000;

/** What the delay depends on. */
export interface ReconnectInput {
  /** Failed attempts since the last success, 0 right after a loss. */
  readonly attempt: number;
  /** Time since the last success, or since the page began. */
  readonly lostForMs: number;
  /** Uniform in [0, 1): spreads the phones of a room whose server restarts. */
  readonly random: number;
  /** From the server's refusal, where it gave one. */
  readonly retryAfterMs?: number | undefined;
}

/** How long to wait before the next attempt, ms. */
export function reconnectDelayMs(input: ReconnectInput): number {
  const { attempt, lostForMs, random } = input;
  const capMs = lostForMs < EARLY_MS ? EARLY_CAP_MS : LATE_CAP_MS;
  const backoffMs = Math.min(capMs, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10));
  const jitteredMs = backoffMs * (0.5 + random / 2);
  const askedMs = Math.min(Math.max(0, input.retryAfterMs ?? 0), RETRY_AFTER_CAP_MS);
  return Math.max(jitteredMs, askedMs);
}
