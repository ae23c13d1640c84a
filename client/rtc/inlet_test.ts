import assert from "node:assert/strict";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { FLOOD_PER_SECOND, Inlet } from "./inlet.ts";

const LIMITS = { perSecond: 10, burst: 5, maxWaiting: 3 };

function scene(limits = LIMITS) {
  const timers = new FakeTimers();
  const taken: string[] = [];
  let [isOpen, floods] = [true, 0];
  const inlet = new Inlet({
    limits,
    timers,
    take: (text) => void taken.push(text),
    isOpen: () => isOpen,
    onFlood: () => floods++,
  });
  return { timers, taken, inlet, close: () => isOpen = false, floods: () => floods };
}

Deno.test("Inlet takes what comes at a page's pace at once and in order", async () => {
  const { inlet, taken, timers } = scene();
  for (let at = 0; at < 50; at++) {
    inlet.offer(String(at));
    assert.equal(taken.length, at + 1);
    await timers.advance(100);
  }
  assert.equal(inlet.leftOut, 0);
  assert.equal(timers.pending, 0);
});

Deno.test("Inlet takes no more than its rate of a flood, and always the last of it", async () => {
  const { inlet, taken, timers } = scene();
  for (let at = 0; at < 1_000; at++) {
    inlet.offer(String(at));
    await timers.advance(1);
  }
  // In a second: what it had, and ten more.
  assert.ok(taken.length <= LIMITS.burst + LIMITS.perSecond + 1, String(taken.length));
  await timers.advance(1_000);
  assert.equal(taken.at(-1), "999");
  assert.equal(taken.length + inlet.leftOut, 1_000);
  assert.deepEqual(taken, [...taken].sort((a, b) => Number(a) - Number(b)));
  assert.equal(timers.pending, 0);
});

Deno.test("Inlet that lets none wait leaves out what is too much", async () => {
  const { inlet, taken, timers } = scene({ ...LIMITS, maxWaiting: 0 });
  for (let at = 0; at < 20; at++) inlet.offer(String(at));
  assert.deepEqual(taken, ["0", "1", "2", "3", "4"]);
  await timers.advance(1_000);
  inlet.offer("later");
  assert.equal(taken.at(-1), "later");
  assert.equal(taken.length, 6);
});

Deno.test("Inlet gives a flood up, once, and counts it", () => {
  const { inlet, floods } = scene();
  for (let at = 0; at < FLOOD_PER_SECOND * 2; at++) inlet.offer(String(at));
  assert.equal(floods(), 1);
  assert.equal(inlet.leftOut, FLOOD_PER_SECOND * 2 - LIMITS.burst - LIMITS.maxWaiting);
});

Deno.test("Inlet takes nothing any more when nobody listens", async () => {
  const { inlet, taken, timers, close } = scene();
  for (let at = 0; at < 8; at++) inlet.offer(String(at));
  close();
  await timers.advance(1_000);
  assert.equal(taken.length, LIMITS.burst);
  assert.equal(timers.pending, 0);
});
