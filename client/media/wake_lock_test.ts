import assert from "node:assert/strict";
import { ScreenWakeLock } from "./wake_lock.ts";

class FakeSentinel extends EventTarget {
  release(): Promise<void> {
    this.dispatchEvent(new Event("release"));
    return Promise.resolve();
  }
}

function setup() {
  const sentinels: FakeSentinel[] = [];
  const lock = new ScreenWakeLock({
    request: () => {
      const sentinel = new FakeSentinel();
      sentinels.push(sentinel);
      return Promise.resolve(sentinel as never);
    },
  });
  return { lock, sentinels };
}

Deno.test("ScreenWakeLock holds one lock, and takes it again after the browser took it away", async () => {
  const { lock, sentinels } = setup();
  await Promise.all([lock.want(true), lock.want(true)]);
  assert.equal(sentinels.length, 1);
  sentinels[0]!.dispatchEvent(new Event("release"));
  assert.equal(lock.isHeld, false);
  await lock.want(true);
  assert.equal(sentinels.length, 2);
});

Deno.test("ScreenWakeLock lets go, also of a lock that arrives too late", async () => {
  const { lock } = setup();
  const asking = lock.want(true);
  await lock.want(false);
  await asking;
  assert.equal(lock.isHeld, false);
});

Deno.test("ScreenWakeLock does without where there is none or it is refused", async () => {
  const none = new ScreenWakeLock(null);
  await none.want(true);
  const refused = new ScreenWakeLock({ request: () => Promise.reject(new Error("low battery")) });
  await refused.want(true);
  assert.equal(none.isHeld || refused.isHeld, false);
});
