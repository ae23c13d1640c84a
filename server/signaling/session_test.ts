import assert from "node:assert/strict";
import { type FromClientMessage, JOIN_TIMEOUT_MS, SILENCE_TIMEOUT_MS } from "@/protocol";
import { visitorAt } from "../test_helpers.ts";
import { joinOf, newRoom } from "./carrier_clients.ts";
import { SignalCounts } from "./signal_counts.ts";
import { MAX_BACKLOG_BYTES, SignalSession } from "./session.ts";

/** A session whose wire and rooms are lists, and whose clock the test moves. */
function scene(counts = new SignalCounts()) {
  const seen = {
    nowMs: 0,
    bufferedBytes: 0,
    sent: [] as { type: string; code?: string }[],
    closed: [] as number[],
    handled: [] as FromClientMessage[],
    ended: [] as string[],
  };
  const session = new SignalSession({
    id: 1,
    visitor: visitorAt("127.0.0.1"),
    now: () => seen.nowMs,
    counts,
    carrier: {
      send: (text) => void seen.sent.push(JSON.parse(text)),
      close: (code) => void seen.closed.push(code),
      bufferedBytes: () => seen.bufferedBytes,
    },
    events: {
      handle: (_session, message) => void seen.handled.push(message),
      ended: (_session, reason) => void seen.ended.push(reason),
    },
  });
  const codes = () => seen.sent.map(({ type, code }) => code ?? type);
  return { session, seen, codes };
}

const JOIN = JSON.stringify(joinOf(newRoom(), "owner"));

Deno.test("SignalSession.tick() ends one that has not joined in time", () => {
  const { session, seen, codes } = scene();
  session.tick(JOIN_TIMEOUT_MS - 1);
  assert.equal(session.ended, false);
  session.tick(JOIN_TIMEOUT_MS);
  assert.deepEqual([codes(), seen.closed, seen.ended], [["timeout"], [1008], ["lost"]]);
});

Deno.test("SignalSession.tick() lets a joined one live as long as it is heard", () => {
  const { session, seen } = scene();
  session.onText(JOIN);
  session.markJoined();
  for (seen.nowMs = 0; seen.nowMs < 4 * SILENCE_TIMEOUT_MS; seen.nowMs += 8_000) {
    session.onText('{"type":"ping","nonce":1}');
    session.tick(seen.nowMs + 7_999);
  }
  assert.equal(session.ended, false);
  session.tick(seen.nowMs + SILENCE_TIMEOUT_MS);
  assert.equal(session.ended, true);
});

Deno.test("SignalSession ends one that reads too slowly", () => {
  const { session, seen } = scene();
  session.onText(JOIN);
  session.markJoined();
  seen.bufferedBytes = MAX_BACKLOG_BYTES + 1;
  session.onText('{"type":"ping","nonce":1}');
  assert.deepEqual([seen.closed, seen.ended], [[1008], ["lost"]]);
});

Deno.test("SignalSession hears and says nothing after its end, and ends once", () => {
  const { session, seen } = scene();
  session.onText("nonsense");
  session.onText(JOIN);
  session.onBinary();
  session.onClose();
  session.tick(1e9);
  assert.equal(seen.sent.length, 1);
  assert.deepEqual([seen.closed, seen.handled, seen.ended], [[1007], [], ["lost"]]);
});

Deno.test("SignalSession never repeats what it could not read", () => {
  const { session, seen } = scene();
  const secret = "s3cret".repeat(4);
  session.onText(`{"type":"join","token":"${secret}"`);
  assert.ok(!JSON.stringify(seen.sent).includes(secret));
  const again = scene();
  again.session.onText(JSON.stringify({ ...JSON.parse(JOIN), token: secret }));
  assert.ok(!JSON.stringify(again.seen.sent).includes(secret));
});

Deno.test("SignalSession counts what it accepts by kind, and every refusal by its code", () => {
  const counts = new SignalCounts();
  const { session } = scene(counts);
  session.onText("not JSON");
  assert.equal(counts.read().refused.get("bad-message"), 1);
  const { session: other } = scene(counts);
  other.onText(JOIN);
  other.markJoined();
  other.onText('{"type":"ping","nonce":1}');
  other.onText('{"type":"ping","nonce":2}');
  other.onText('{"type":"leave"}');
  other.onText('{"type":"ping","nonce":3}');
  const { received, refused } = counts.read();
  const counted = [...received].filter(([, count]) => count > 0);
  assert.deepEqual(Object.fromEntries(counted), { join: 1, ping: 2, leave: 1 });
  assert.equal([...refused.values()].reduce((sum, count) => sum + count, 0), 1);
});
