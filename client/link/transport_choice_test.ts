import assert from "node:assert/strict";
import {
  afterAttempt,
  chooseTransport,
  NO_HISTORY,
  type TransportHistory,
  WEBSOCKET_RETRY_MS,
} from "./transport_choice.ts";
import type { TransportKind } from "./transport.ts";

/** Runs attempts as long as `works` says no; returns the kinds tried. */
function tried(works: (kind: TransportKind) => boolean, attempts: number, from = NO_HISTORY) {
  let history: TransportHistory = from;
  const kinds: TransportKind[] = [];
  for (let nowMs = 0; kinds.length < attempts; nowMs += 1_000) {
    const kind = chooseTransport(history, nowMs);
    const ok = works(kind);
    kinds.push(kind);
    history = afterAttempt(history, { kind, ok, nowMs });
    if (ok) break;
  }
  return { kinds, history };
}

Deno.test("chooseTransport() takes the stream after two failed WebSockets", () => {
  const { kinds } = tried((kind) => kind === "stream", 9);
  assert.deepEqual(kinds, ["websocket", "websocket", "stream"]);
});

Deno.test("chooseTransport() alternates while neither works", () => {
  const { kinds } = tried(() => false, 10);
  assert(kinds.filter((kind) => kind === "stream").length >= 3);
  assert(kinds.slice(3).includes("websocket"));
});

Deno.test("chooseTransport() keeps to the stream where that worked, and tries WebSocket now and then", () => {
  const { history } = tried((kind) => kind === "stream", 9);
  assert.equal(chooseTransport(history, 10_000), "stream");
  const laterMs = WEBSOCKET_RETRY_MS + 10_000;
  assert.equal(chooseTransport(history, laterMs), "websocket");
  const again = afterAttempt(history, { kind: "websocket", ok: false, nowMs: laterMs });
  assert.equal(chooseTransport(again, laterMs + 1), "stream");
});

Deno.test("chooseTransport() goes back to WebSocket when that worked", () => {
  const history = afterAttempt(NO_HISTORY, { kind: "websocket", ok: true, nowMs: 0 });
  assert.equal(chooseTransport(history, 1), "websocket");
});
