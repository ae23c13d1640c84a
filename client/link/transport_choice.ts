import type { TransportKind } from "./transport.ts";

/** An attempt that the server has not answered after this long has failed. */
export const ATTEMPT_TIMEOUT_MS: Readonly<Record<TransportKind, number>> = {
  // A proxy that swallows the upgrade never answers: move on before a person gives up.
  websocket: 3_000,
  // The last resort may be slow; there is nothing after it.
  stream: 8_000,
};

/** Failures in a row after which the WebSocket is taken to be blocked rather than unlucky. */
export const WEBSOCKET_FAILURES = 2;

/** While the stream works, a reconnect tries the WebSocket again once in this time. */
export const WEBSOCKET_RETRY_MS = 5 * 60_000;

/** What is known of both transports on this page. */
export interface TransportHistory {
  /** WebSocket attempts in a row that ended without a word from the server. */
  readonly websocketFailures: number;
  readonly websocketTriedAtMs: number;
  /** The same of the stream. */
  readonly streamFailures: number;
  /** The one of the last success. */
  readonly lastGood: TransportKind | null;
}

/** A page that has tried nothing yet. */
export const NO_HISTORY: TransportHistory = {
  websocketFailures: 0,
  websocketTriedAtMs: 0,
  streamFailures: 0,
  lastGood: null,
};

/** Which transport the next attempt takes. */
export function chooseTransport(history: TransportHistory, nowMs: number): TransportKind {
  const { websocketFailures, streamFailures, lastGood } = history;
  if (lastGood === "stream" && streamFailures < 2) {
    return nowMs - history.websocketTriedAtMs >= WEBSOCKET_RETRY_MS ? "websocket" : "stream";
  }
  if (websocketFailures < WEBSOCKET_FAILURES) return "websocket";
  // Both fail: the server is away, and either may be the first to get through when it returns.
  return streamFailures < websocketFailures - WEBSOCKET_FAILURES + 1 ? "stream" : "websocket";
}

/** The history after one more attempt. `ok`: the server answered. */
export function afterAttempt(
  history: TransportHistory,
  attempt: { readonly kind: TransportKind; readonly ok: boolean; readonly nowMs: number },
): TransportHistory {
  const { kind, ok, nowMs } = attempt;
  const tried = kind === "websocket" ? { ...history, websocketTriedAtMs: nowMs } : history;
  if (ok) return { ...tried, websocketFailures: 0, streamFailures: 0, lastGood: kind };
  return kind === "websocket"
    ? { ...tried, websocketFailures: tried.websocketFailures + 1 }
    : { ...tried, streamFailures: tried.streamFailures + 1 };
}

/** One attempt and what came of it. `ok`: the server answered. */
export type TransportAttempt = Parameters<typeof afterAttempt>[1];

/** What the links of one page learn of the transports, for all of them. */
export class TransportMemory {
  #history: TransportHistory;

  constructor(history: TransportHistory = NO_HISTORY) {
    this.#history = history;
  }

  /** All that is known. */
  get history(): TransportHistory {
    return this.#history;
  }

  /** See {@linkcode chooseTransport}. */
  choose(nowMs: number): TransportKind {
    return chooseTransport(this.#history, nowMs);
  }

  /** See {@linkcode afterAttempt}. */
  note(attempt: TransportAttempt): void {
    this.#history = afterAttempt(this.#history, attempt);
  }
}
