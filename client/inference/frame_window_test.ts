import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameWindow } from "./frame_window.ts";

const TIMEOUT_MS = 1000;

Deno.test("FrameWindow.take() gives no more slots than there are, and again after each answer", () => {
  const window = new FrameWindow<string>(TIMEOUT_MS);
  assert.deepEqual([window.take(2), window.take(2), window.take(2)], [0, 1, null]);
  window.sent(0, "a", 0);
  assert.equal(window.take(2), null, "a frame being made holds its slot");
  assert.equal(window.settle(0), "a");
  assert.equal(window.take(2), 2);
});

Deno.test("FrameWindow.expire() frees the slot of a frame without an answer; a later one is late", () => {
  const window = new FrameWindow<string>(TIMEOUT_MS);
  window.sent(window.take(2)!, "a", 0);
  window.sent(window.take(2)!, "b", 400);
  assert.equal(window.nextExpiryMs(), TIMEOUT_MS);
  assert.deepEqual(window.expire(999), []);
  assert.deepEqual(window.expire(1000), ["a"]);
  assert.equal(window.nextExpiryMs(), 1400);
  assert.equal(window.settle(0), null);
  assert.equal(window.settle(1), "b");
  assert.deepEqual(window.dropped, { lost: 1, late: 1, unsent: 0 });
});

Deno.test("FrameWindow.settle() ignores doubled, unknown and overtaken results", () => {
  const window = new FrameWindow<string>(TIMEOUT_MS, 0xffff_ffff);
  const ids = [window.take(3)!, window.take(3)!, window.take(3)!];
  assert.deepEqual(ids, [0xffff_ffff, 0, 1], "ids wrap");
  ids.forEach((id) => window.sent(id, `frame ${id}`, 0));
  assert.equal(window.settle(0), "frame 0");
  assert.equal(window.settle(0), null, "doubled");
  assert.equal(window.settle(77), null, "unknown");
  assert.equal(window.settle(0xffff_ffff), null, "of an earlier frame than the last one shown");
  assert.equal(window.settle(1), "frame 1");
  assert.equal(window.size, 0);
});

Deno.test("FrameWindow tells frames that were made and not sent from those that were never made", () => {
  const window = new FrameWindow<string>(TIMEOUT_MS);
  window.unsent(window.take(2)!);
  window.release(window.take(2)!);
  window.take(2);
  window.releaseAwaited();
  assert.equal(window.size, 0);
  window.sent(2, "of a source that is gone", 0);
  assert.equal(window.size, 0);
  assert.deepEqual(window.dropped, { lost: 0, late: 0, unsent: 1 });
});

Deno.test("FrameWindow.loseSent() frees what was on its way, and keeps what is being made", () => {
  const window = new FrameWindow<string>(TIMEOUT_MS);
  window.sent(window.take(2)!, "a", 0);
  window.take(2);
  window.loseSent();
  assert.equal(window.size, 1);
  assert.equal(window.isAwaited(1), true);
  assert.equal(window.dropped.lost, 1);
});

Deno.test("FrameWindow never holds more than its capacity, and shows results in order only", () => {
  const action = fc.oneof(
    fc.constant("take" as const),
    fc.nat(20).map((id) => ({ sent: id })),
    fc.nat(20).map((id) => ({ settle: id })),
    fc.nat(3000).map((byMs) => ({ byMs })),
  );
  fc.assert(fc.property(fc.array(action, { maxLength: 200 }), (actions) => {
    const window = new FrameWindow<number>(TIMEOUT_MS);
    let nowMs = 0;
    const shown: number[] = [];
    for (const act of actions) {
      if (act === "take") window.take(2);
      else if ("sent" in act) window.sent(act.sent, act.sent, nowMs);
      else if ("settle" in act) {
        const frame = window.settle(act.settle);
        if (frame !== null) shown.push(frame);
      } else window.expire(nowMs += act.byMs);
      assert(window.size <= 2);
    }
    assert.deepEqual(shown, [...new Set(shown)].sort((a, b) => a - b));
  }));
});
