import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameIntake, InputFrame } from "../inference/frame_input.ts";
import { portPair } from "../base/testing/fake_ports.ts";
import { FrameGiver } from "./frame_giver.ts";
import type { Pixels } from "./frame_ring.ts";

/** How many frames of a test are open: each must be closed once, and only once. */
class Pool {
  open = 0;
  make(): Pixels {
    this.open += 1;
    let isOpen = true;
    const close = () => {
      assert.ok(isOpen, "closed twice");
      isOpen = false;
      this.open -= 1;
    };
    return { close, clone: () => this.make() } as unknown as Pixels;
  }
}

const settle = () => new Promise<void>((resolve) => setTimeout(resolve));

function setup() {
  const pool = new Pool();
  const giver = new FrameGiver({
    clone: (pixels) => (pixels as VideoFrame).clone(),
    onResult: (result) => results.push(result.trackEpoch!),
  });
  const results: number[] = [];
  const offer = async (receivedAtMs: number) => {
    const frame = new InputFrame(pool.make(), null, { receivedAtMs, port: null });
    const offered = giver.offer(frame);
    frame.close();
    await offered;
  };
  return { pool, giver, offer, results };
}

Deno.test("FrameGiver gives each the newest that it has not had, or the next", async () => {
  const { pool, giver, offer } = setup();
  const { a, b, deliver } = portPair();
  const got: number[] = [];
  giver.add(1, a);
  b.onmessage = ({ data }: MessageEvent) => {
    got.push(data.receivedAtMs);
    data.frame.close();
  };
  const want = async (sinceMs = 0) => {
    b.postMessage({ kind: "want", sinceMs });
    deliver();
    await settle();
    deliver();
  };
  await want();
  await offer(10);
  deliver();
  await offer(20);
  await offer(30);
  assert.deepEqual(got, [10], "nothing without being asked");
  await want();
  assert.deepEqual(got, [10, 30], "the newest, at once");
  await want();
  assert.deepEqual(got, [10, 30], "the same is not given twice");
  await offer(40);
  deliver();
  assert.deepEqual(got, [10, 30, 40]);
  await offer(42);
  await want(45);
  assert.deepEqual(got, [10, 30, 40], "one that came before its turn is left out");
  await offer(44);
  await offer(46);
  deliver();
  assert.deepEqual(got, [10, 30, 40, 46]);
  await offer(50);
  giver.stop();
  await want();
  assert.deepEqual(got, [10, 30, 40, 46], "nothing of a source that has ended");
  giver.remove(1);
  assert.equal(pool.open, 0);
});

Deno.test("a detector that blocks for 200 ms is never handed a frame older than 1.2 intervals", async () => {
  const intervalMs = fc.constantFrom(1000 / 60, 1000 / 30, 1000 / 15);
  const busyMs = fc.integer({ min: 1, max: 400 });
  await fc.assert(
    fc.asyncProperty(intervalMs, busyMs, fc.integer(), async (interval, busy, seed) => {
      const { pool, giver, offer } = setup();
      const { a, b, deliver } = portPair();
      let nowMs = 0;
      let busyUntilMs = 0;
      const agesMs: number[] = [];
      const work = () => {
        if (nowMs < busyUntilMs) return;
        const frame = intake.take(0);
        if (frame === null) return;
        agesMs.push(nowMs - frame.receivedAtMs);
        frame.close();
        busyUntilMs = nowMs + busy;
      };
      const intake = new FrameIntake({ onAccepted() {}, onUnreadable() {}, onFrame: work });
      giver.add(1, a);
      await intake.handle({ kind: "port", port: b });
      let [nextFrameMs, frames] = [Math.abs(seed) % interval, 0];
      // A blocked thread hears nothing: messages wait until it is free.
      for (; nowMs < 2000; nowMs += 1) {
        if (nowMs >= nextFrameMs) {
          nextFrameMs += interval;
          frames += 1;
          await offer(nowMs);
        }
        if (nowMs < busyUntilMs) continue;
        work();
        deliver();
        await Promise.resolve();
        await Promise.resolve();
        deliver();
      }
      assert.ok(agesMs.length > 0);
      assert.ok(Math.max(...agesMs) <= 1.2 * interval + 1, `${Math.max(...agesMs)} ms old`);
      const { received, superseded } = intake.counts;
      assert.ok(received <= frames && superseded <= received - agesMs.length + 1);
      await intake.handle({ kind: "stop" });
      giver.remove(1);
      assert.equal(pool.open, 0);
    }),
    { numRuns: 12 },
  );
});

Deno.test("FrameGiver passes results on, but not of one who is gone", async () => {
  const { giver, results } = setup();
  const { a, b, deliver } = portPair();
  giver.add(1, a);
  const result = (trackEpoch: number) => ({ kind: "result", result: { trackEpoch } });
  b.postMessage(result(1));
  deliver();
  b.postMessage(result(2));
  giver.remove(1);
  deliver();
  await settle();
  assert.deepEqual(results, [1]);
});
