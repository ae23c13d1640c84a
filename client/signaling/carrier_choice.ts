/** The two ways to the signalling server. The same messages travel on both. */
export type CarrierKind = "websocket" | "sse";

/** An opening attempt that has not joined after this long has failed. */
export const ATTEMPT_TIMEOUT_MS: Readonly<Record<CarrierKind, number>> = {
  // A proxy that swallows the upgrade never answers: move on before a person gives up.
  websocket: 3_000,
  // The last resort may be slow; there is nothing after it.
  sse: 8_000,
};

/** Failures in a row after which the WebSocket is taken to be blocked rather than unlucky. */
export const WEBSOCKET_FAILURES = 2;

/** While SSE works, a reconnect tries the WebSocket again once in this time. */
export const WEBSOCKET_RETRY_MS = 5 * 60_000;

/** What is known of both carriers on this page. */
export interface CarrierHistory {
  /** WebSocket attempts in a row that ended before `joined` without a word from the server. */
  readonly websocketFailures: number;
  readonly websocketTriedAtMs: number;
  /** The same of SSE. */
  readonly sseFailures: number;
  /** The carrier of the last success. */
  readonly lastGood: CarrierKind | null;
}

/** A page that has tried nothing yet. */
export const NO_HISTORY: CarrierHistory = {
  websocketFailures: 0,
  websocketTriedAtMs: 0,
  sseFailures: 0,
  lastGood: null,
};

/** Which carrier the next attempt takes. */
export function chooseCarrier(history: CarrierHistory, nowMs: number): CarrierKind {
  const { websocketFailures, sseFailures, lastGood } = history;
  if (lastGood === "sse" && sseFailures < 2) {
    return nowMs - history.websocketTriedAtMs >= WEBSOCKET_RETRY_MS ? "websocket" : "sse";
  }
  if (websocketFailures < WEBSOCKET_FAILURES) return "websocket";
  // Both fail: the server is away, and either may be the first to get through when it returns.
  return sseFailures < websocketFailures - WEBSOCKET_FAILURES + 1 ? "sse" : "websocket";
}

/** The history after one more attempt. `ok`: joined, or refused by the server itself. */
export function afterAttempt(
  history: CarrierHistory,
  attempt: { readonly kind: CarrierKind; readonly ok: boolean; readonly nowMs: number },
): CarrierHistory {
  const { kind, ok, nowMs } = attempt;
  const tried = kind === "websocket" ? { ...history, websocketTriedAtMs: nowMs } : history;
  if (ok) return { ...tried, websocketFailures: 0, sseFailures: 0, lastGood: kind };
  return kind === "websocket"
    ? { ...tried, websocketFailures: tried.websocketFailures + 1 }
    : { ...tried, sseFailures: tried.sseFailures + 1 };
}
