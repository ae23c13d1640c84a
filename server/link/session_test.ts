import assert from "node:assert/strict";
import {
  decodeRecord,
  encodeRecord,
  type FromClientMessage,
  JOIN_TIMEOUT_MS,
  LINK_TOPIC,
  MAX_RECORD_BYTES,
  type RecordData,
  SILENCE_TIMEOUT_MS,
} from "@/protocol";
import { visitorAt } from "../testing/helpers.ts";
import { joinOf, newRoom } from "./testing/link_clients.ts";
import { SignalCounts } from "./signal_counts.ts";
import { MAX_BULK_BACKLOG_BYTES, MAX_CONTROL_BACKLOG_BYTES } from "./limits.ts";
import { LinkSession } from "./session.ts";

/** A session whose transport and rooms are lists, and whose clock the test moves. */
function scene(counts = new SignalCounts()) {
  const seen = {
    nowMs: 0,
    bufferedBytes: 0,
    sent: [] as { type: string; code?: string }[],
    closed: [] as number[],
    handled: [] as FromClientMessage[],
    ended: [] as string[],
    data: [] as RecordData[],
  };
  const session = new LinkSession({
    id: 1,
    visitor: visitorAt("127.0.0.1"),
    now: () => seen.nowMs,
    counts,
    transport: {
      send: (record) => {
        const { data } = decodeRecord(record, MAX_RECORD_BYTES)!;
        if (typeof data === "string") seen.sent.push(JSON.parse(data));
      },
      close: (code) => void seen.closed.push(code),
      bufferedBytes: () => seen.bufferedBytes,
    },
    events: {
      handle: (_session, message) => void seen.handled.push(message),
      data: (_session, { data }) => {
        seen.data.push(data);
        return data === "bad" ? "bad-frame" : null;
      },
      ended: (_session, reason) => void seen.ended.push(reason),
    },
  });
  const codes = () => seen.sent.map(({ type, code }) => code ?? type);
  const hear = (text: string) => session.receive(encodeRecord(LINK_TOPIC, text));
  return { session, seen, codes, hear };
}

const JOIN = JSON.stringify(joinOf(newRoom(), "owner"));

Deno.test("LinkSession.tick() ends one that has not joined in time", () => {
  const { session, seen, codes } = scene();
  seen.nowMs = JOIN_TIMEOUT_MS - 1;
  session.tick();
  assert.equal(session.ended, false);
  seen.nowMs = JOIN_TIMEOUT_MS;
  session.tick();
  assert.deepEqual([codes(), seen.closed, seen.ended], [["timeout"], [1008], ["lost"]]);
});

Deno.test("LinkSession.tick() lets a joined one live as long as it is heard", () => {
  const { session, seen, hear } = scene();
  hear(JOIN);
  session.accept("control", "owner");
  for (seen.nowMs = 0; seen.nowMs < 4 * SILENCE_TIMEOUT_MS; seen.nowMs += 8_000) {
    hear('{"type":"ping","nonce":1}');
    session.tick();
  }
  assert.equal(session.ended, false);
  seen.nowMs += SILENCE_TIMEOUT_MS;
  session.tick();
  assert.equal(session.ended, true);
});

Deno.test("LinkSession ends one that reads too slowly", () => {
  const { session, seen, hear } = scene();
  hear(JOIN);
  session.accept("control", "owner");
  seen.bufferedBytes = MAX_CONTROL_BACKLOG_BYTES + 1;
  hear('{"type":"ping","nonce":1}');
  assert.deepEqual([seen.closed, seen.ended], [[1008], ["lost"]]);
  // Pictures for a page are more.
  const bulk = scene();
  bulk.session.accept("bulk", "viewer");
  bulk.seen.bufferedBytes = MAX_BULK_BACKLOG_BYTES;
  bulk.session.send(1, new Uint8Array(9));
  assert.deepEqual(bulk.seen.closed, []);
  bulk.seen.bufferedBytes += 1;
  bulk.session.send(1, new Uint8Array(9));
  assert.deepEqual(bulk.seen.closed, [1008]);
});

Deno.test("LinkSession hears and says nothing after its end, and ends once", () => {
  const { session, seen, hear } = scene();
  hear("nonsense");
  hear(JOIN);
  session.unreadable(new TypeError());
  session.onClose();
  seen.nowMs = 1e9;
  session.tick();
  assert.equal(seen.sent.length, 1);
  assert.deepEqual([seen.closed, seen.handled, seen.ended], [[1007], [], ["lost"]]);
});

Deno.test("LinkSession never repeats what it could not read", () => {
  const { seen, hear } = scene();
  const secret = "s3cret".repeat(4);
  hear(`{"type":"join","token":"${secret}"`);
  assert.ok(!JSON.stringify(seen.sent).includes(secret));
  const again = scene();
  again.hear(JSON.stringify({ ...JSON.parse(JOIN), token: secret }));
  assert.ok(!JSON.stringify(again.seen.sent).includes(secret));
});

Deno.test("LinkSession counts what it accepts by kind, and every refusal by its code", () => {
  const counts = new SignalCounts();
  const { hear } = scene(counts);
  hear("not JSON");
  assert.equal(counts.read().refused.get("bad-message"), 1);
  const other = scene(counts);
  other.hear(JOIN);
  other.session.accept("control", "owner");
  other.hear('{"type":"ping","nonce":1}');
  other.hear('{"type":"ping","nonce":2}');
  other.hear('{"type":"leave"}');
  other.hear('{"type":"ping","nonce":3}');
  const { received, refused } = counts.read();
  const counted = [...received].filter(([, count]) => count > 0);
  assert.deepEqual(Object.fromEntries(counted), { join: 1, ping: 2, leave: 1 });
  assert.equal([...refused.values()].reduce((sum, count) => sum + count, 0), 1);
});

Deno.test("LinkSession passes records of topics on bulk links only, and refuses what they are refused for", () => {
  const control = scene();
  control.session.accept("control", "owner");
  control.session.receive(encodeRecord(1, "x"));
  assert.deepEqual([control.codes(), control.seen.data], [["bad-message"], []]);
  const bulk = scene();
  bulk.session.accept("bulk", "owner");
  bulk.session.receive(encodeRecord(1, "good"));
  bulk.session.receive(encodeRecord(1, "bad"));
  bulk.session.receive(encodeRecord(1, "late"));
  assert.deepEqual([bulk.codes(), bulk.seen.data], [["bad-frame"], ["good", "bad"]]);
});

Deno.test("LinkSession takes records as long as its page may need, and no longer", () => {
  const lengths = [["phone", 512 * 1024 + 24], ["owner", 2 * 1024 * 1024 + 36]] as const;
  for (const [role, bytes] of lengths) {
    const { session, seen, codes } = scene();
    session.accept("bulk", role);
    session.receive(encodeRecord(1, new Uint8Array(bytes)));
    assert.equal(seen.data.length, 1);
    session.receive(encodeRecord(1, new Uint8Array(bytes + 1)));
    assert.deepEqual([codes(), seen.data.length], [["too-large"], 1]);
  }
});
