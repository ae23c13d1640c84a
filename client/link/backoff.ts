/** Pauses between tries, ms: the first, doubled after each failure up to the longest. */
export interface Pauses {
  readonly first: number;
  readonly longest: number;
}

/**
 * How long to wait before the next try, ms.
 * @param failures In a row before, 0 after a success.
 * @param random Uniform in [0, 1): shortens it by up to a half. @default {1}
 */
export function backoffMs({ first, longest }: Pauses, failures: number, random = 1): number {
  return Math.min(longest, first * 2 ** Math.min(failures, 16)) * (0.5 + random / 2);
}

/** How long {@linkcode EARLY_PAUSES} hold. */
export const EARLY_MS = 60_000;

/** Somebody is looking at the page: within the first minute it never waits longer than this. */
export const EARLY_PAUSES: Pauses = { first: 250, longest: 2_000 };

/** Later the server is away for good or the laptop sleeps: ask seldom, but notice within 15 s. */
export const LATE_PAUSES: Pauses = { first: 250, longest: 15_000 };

/** The longest wait that a server can impose; more than this is a fault or malice. */
export const RETRY_AFTER_CAP_MS = 5 * 60_000;

/** What the pause of a lost link depends on. */
export interface ReconnectInput {
  /** Failed attempts since the last success, 0 right after a loss. */
  readonly attempt: number;
  /** Time since the last success, or since the page began. */
  readonly lostForMs: number;
  /** Uniform in [0, 1): spreads the pages of a room whose server restarts. */
  readonly random: number;
  /** From the server's refusal, where it gave one. */
  readonly retryAfterMs?: number | undefined;
}

/** How long to wait before a lost link is opened again, ms. */
export function reconnectDelayMs(input: ReconnectInput): number {
  const { attempt, lostForMs, random } = input;
  const pauses = lostForMs < EARLY_MS ? EARLY_PAUSES : LATE_PAUSES;
  const askedMs = Math.min(Math.max(0, input.retryAfterMs ?? 0), RETRY_AFTER_CAP_MS);
  return Math.max(backoffMs(pauses, attempt, random), askedMs);
}
