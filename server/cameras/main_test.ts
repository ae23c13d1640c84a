import assert from "node:assert/strict";
import ndc from "node-datachannel";
import { TestCameras } from "./testing/test_cameras.ts";
import { TestWatcher } from "./testing/test_watcher.ts";

// The library's threads outlive their connections and would keep the test process alive.
Deno.test.afterAll(() => ndc.cleanup());

Deno.test("a viewer gets the drawn scene, each frame under the timestamp that is told with its time", async () => {
  await using cameras = new TestCameras(["ball"]);
  await using watcher = new TestWatcher(cameras, "one");
  const beforeMs = Date.now();
  await watcher.watch("ball");
  await watcher.more(45);
  const [first] = watcher.frames;
  // A decoder can begin with the first frame.
  assert.deepEqual([7, 8, 5].filter((type) => !first!.nalTypes.includes(type)), []);
  const keys = watcher.frames.filter(({ nalTypes }) => nalTypes.includes(5));
  assert.ok(keys.length >= 2, "a key frame a second");
  const times = watcher.captureTimes;
  const named = watcher.frames.filter(({ rtpTimestamp }) => times.has(rtpTimestamp));
  // The channel may lose some; on this computer hardly any.
  assert.ok(named.length >= watcher.frames.length - 3, `${named.length}`);
  for (const [timestamp, timeMs] of times) {
    assert.ok(timeMs >= beforeMs && timeMs <= Date.now() + 1);
    const ticks = (timestamp - first!.rtpTimestamp + 2 ** 32) % 2 ** 32;
    const elapsedMs = timeMs - times.get(first!.rtpTimestamp)!;
    assert.ok(Math.abs(ticks / 90 - elapsedMs) < 1, `${ticks / 90} is not ${elapsedMs}`);
  }
  assert.ok(Math.abs(await watcher.ping(7) - Date.now()) < 1_000);
  const state = watcher.states.at(-1)!;
  assert.deepEqual([state.status, state.widthPx, state.heightPx, state.fps], [
    "live",
    640,
    480,
    30,
  ]);
});
