import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameNames } from "./frame_names.ts";

Deno.test("FrameNames counts on, in 90 kHz from the first frame, over the end of 32 bits", () => {
  fc.assert(fc.property(
    fc.nat(2 ** 32 - 1),
    fc.array(fc.integer({ min: 0, max: 5_000 }), { maxLength: 50 }),
    (base, stepsMs) => {
      const names = new FrameNames(base);
      const startMs = 1_700_000_000_000.25;
      let timeMs = startMs;
      let before = names.next(timeMs);
      assert.deepEqual([before.index, before.rtpTimestamp], [0, base]);
      let tiesBefore = 0;
      for (const stepMs of stepsMs) {
        timeMs += stepMs;
        const name = names.next(timeMs);
        assert.equal(name.index, before.index + 1);
        const ticks = (name.rtpTimestamp - before.rtpTimestamp + 2 ** 32) % 2 ** 32;
        assert.ok(ticks > 0, "no two have the same name");
        if (stepMs === 0) tiesBefore += 1;
        const dueTicks = Math.round((timeMs - startMs) * 90);
        const sinceFirst = (name.rtpTimestamp - base + 2 ** 32) % 2 ** 32;
        assert.ok(Math.abs(sinceFirst - dueTicks) <= tiesBefore);
        before = name;
      }
    },
  ));
});
