import assert from "node:assert/strict";
import fc from "fast-check";
import { NewestSlot } from "./newest_slot.ts";

class FakeFrame {
  closed = 0;
  constructor(readonly id: number) {}
  close(): void {
    this.closed += 1;
  }
}

Deno.test("NewestSlot hands out the newest frame and accounts for every other", () => {
  fc.assert(fc.property(fc.array(fc.constantFrom("offer", "take", "clear")), (steps) => {
    const slot = new NewestSlot<FakeFrame>();
    const frames: FakeFrame[] = [];
    const taken: FakeFrame[] = [];
    let cleared = 0;
    let waiting: FakeFrame | null = null;
    for (const step of steps) {
      if (step === "offer") {
        waiting = new FakeFrame(frames.length);
        frames.push(waiting);
        slot.offer(waiting);
        continue;
      }
      if (step === "clear") {
        if (waiting !== null) cleared += 1;
        slot.clear();
      } else {
        const frame = slot.take();
        assert.equal(frame, waiting);
        if (frame !== null) taken.push(frame);
      }
      waiting = null;
    }
    const held = waiting === null ? 0 : 1;
    assert.equal(slot.received, frames.length);
    assert.equal(slot.received, taken.length + slot.superseded + cleared + held);
    for (const frame of frames) {
      const open = frame === waiting || taken.includes(frame);
      assert.equal(frame.closed, open ? 0 : 1);
    }
  }));
});

Deno.test("NewestSlot.take() leaves a frame that is not wanted where it is", () => {
  const slot = new NewestSlot<FakeFrame>();
  slot.offer(new FakeFrame(1));
  assert.equal(slot.take(({ id }) => id > 1), null);
  slot.offer(new FakeFrame(2));
  assert.deepEqual([slot.take(({ id }) => id > 1)?.id, slot.superseded], [2, 1]);
});
