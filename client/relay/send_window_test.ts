import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ACK_TIMEOUT_MS, SendWindow } from "./send_window.ts";

Deno.test("SendWindow lets two frames be on their way, and an ack frees all before it", () => {
  const window = new SendWindow();
  assert.deepEqual([window.sent(0), window.sent(10)], [0, 1]);
  assert.equal(window.hasRoom(20), false);
  assert.equal(window.acked(1, 50), 40);
  assert.equal(window.hasRoom(50), true);
  assert.equal(window.acked(0, 60), null, "late");
  assert.equal(window.acked(7, 60), null, "never sent");
});

Deno.test("SendWindow gives up what was never answered, and what another link took with it", () => {
  const window = new SendWindow();
  window.sent(0);
  window.sent(500);
  assert.equal(window.hasRoom(ACK_TIMEOUT_MS - 1), false);
  assert.equal(window.hasRoom(ACK_TIMEOUT_MS), true);
  window.sent(ACK_TIMEOUT_MS);
  assert.equal(window.hasRoom(ACK_TIMEOUT_MS), false);
  window.clear();
  assert.equal(window.hasRoom(ACK_TIMEOUT_MS), true);
  assert.equal(window.sent(ACK_TIMEOUT_MS), 3, "ids go on");
});

Deno.test("SendWindow never has more than two on their way, also across the wrap of ids", () => {
  fc.assert(fc.property(
    fc.array(fc.record({ send: fc.boolean(), back: fc.nat(4), ms: fc.nat(900) })),
    (steps) => {
      const window = new SendWindow(2 ** 32 - 3);
      const open = new Map<number, number>();
      let last = 0;
      let nowMs = 0;
      for (const { send, back, ms } of steps) {
        nowMs += ms;
        for (const [id, atMs] of open) if (nowMs - atMs >= ACK_TIMEOUT_MS) open.delete(id);
        if (send && window.hasRoom(nowMs)) {
          assert.ok(open.size < 2);
          last = window.sent(nowMs);
          open.set(last, nowMs);
        } else {
          const id = (last - back) >>> 0;
          window.acked(id, nowMs);
          for (const other of open.keys()) if (((other - id) | 0) <= 0) open.delete(other);
        }
        assert.equal(window.hasRoom(nowMs), open.size < 2);
      }
    },
  ));
});
