import assert from "node:assert/strict";
import {
  afterAttempt,
  type CarrierHistory,
  type CarrierKind,
  chooseCarrier,
  NO_HISTORY,
  WEBSOCKET_RETRY_MS,
} from "./carrier_choice.ts";

/** Runs attempts as long as `works` says no; returns the kinds tried. */
function tried(works: (kind: CarrierKind) => boolean, attempts: number, from = NO_HISTORY) {
  let history: CarrierHistory = from;
  const kinds: CarrierKind[] = [];
  for (let nowMs = 0; kinds.length < attempts; nowMs += 1_000) {
    const kind = chooseCarrier(history, nowMs);
    const ok = works(kind);
    kinds.push(kind);
    history = afterAttempt(history, { kind, ok, nowMs });
    if (ok) break;
  }
  return { kinds, history };
}

Deno.test("chooseCarrier() takes SSE after two failed WebSockets", () => {
  const { kinds } = tried((kind) => kind === "sse", 9);
  assert.deepEqual(kinds, ["websocket", "websocket", "sse"]);
});

Deno.test("chooseCarrier() alternates while neither works", () => {
  const { kinds } = tried(() => false, 10);
  assert(kinds.filter((kind) => kind === "sse").length >= 3);
  assert(kinds.slice(3).includes("websocket"));
});

Deno.test("chooseCarrier() keeps to SSE where that worked, and tries WebSocket now and then", () => {
  const { history } = tried((kind) => kind === "sse", 9);
  assert.equal(chooseCarrier(history, 10_000), "sse");
  const laterMs = WEBSOCKET_RETRY_MS + 10_000;
  assert.equal(chooseCarrier(history, laterMs), "websocket");
  const again = afterAttempt(history, { kind: "websocket", ok: false, nowMs: laterMs });
  assert.equal(chooseCarrier(again, laterMs + 1), "sse");
});

Deno.test("chooseCarrier() goes back to WebSocket when that worked", () => {
  const history = afterAttempt(NO_HISTORY, { kind: "websocket", ok: true, nowMs: 0 });
  assert.equal(chooseCarrier(history, 1), "websocket");
});
