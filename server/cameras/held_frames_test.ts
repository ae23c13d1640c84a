import assert from "node:assert/strict";
import fc from "fast-check";
import { HeldFrames, MAX_HELD_FRAMES } from "./held_frames.ts";

const nameOf = (index: number) => ({ index, rtpTimestamp: index * 3_000, captureTimeMs: index });

Deno.test("HeldFrames gives back the very frame, lets older ones go, and holds few", () => {
  fc.assert(fc.property(
    fc.array(fc.oneof(fc.constant("hold" as const), fc.nat(20)), { maxLength: 60 }),
    (steps) => {
      const held = new HeldFrames();
      let indices: number[] = [];
      let last = 0;
      for (const step of steps) {
        if (step === "hold") {
          last += 1;
          const isFirst = indices.length < MAX_HELD_FRAMES;
          assert.equal(held.hold(new Uint8Array(6).fill(last), nameOf(last)), isFirst);
          indices = [...indices, last].slice(-MAX_HELD_FRAMES);
          continue;
        }
        const wanted = last - step;
        let got: number | null = null;
        const older = held.take(wanted * 3_000, ({ name, i420 }) => {
          got = name.index;
          assert.deepEqual([...i420], Array(6).fill(name.index));
        });
        const at = indices.indexOf(wanted);
        assert.deepEqual([got, older], at === -1 ? [null, null] : [wanted, at]);
        indices = indices.slice(at + 1);
      }
    },
  ));
});

Deno.test("HeldFrames copes with frames of another size", () => {
  const held = new HeldFrames();
  held.hold(new Uint8Array(6).fill(1), nameOf(1));
  held.take(3_000, () => {});
  held.hold(new Uint8Array(12).fill(2), nameOf(2));
  held.take(6_000, ({ i420 }) => assert.equal(i420.length, 12));
});
