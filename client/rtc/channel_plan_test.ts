import assert from "node:assert/strict";
import fc from "fast-check";
import { type ChannelPlan, START_CHANNELS, stepChannels } from "./channel_plan.ts";

/** Follows a plan on a clock of its own, ticking when the plan asks for it. */
class Follower {
  plan: ChannelPlan = START_CHANNELS;
  needsLink = false;
  nowMs = 0;
  readonly log: string[] = [];
  #wakeAtMs: number | null = 0;

  input(input: Parameters<typeof stepChannels>[1]): void {
    const { plan, action, needsLink, wakeInMs } = stepChannels(this.plan, input, this.nowMs);
    this.plan = plan;
    this.#wakeAtMs = wakeInMs === null ? null : this.nowMs + wakeInMs;
    if (action !== "none") this.log.push(`${this.nowMs} ${action}`);
    if (needsLink !== this.needsLink) this.log.push(`${this.nowMs} link ${needsLink}`);
    this.needsLink = needsLink;
  }

  until(nowMs: number): void {
    while (this.#wakeAtMs !== null && this.#wakeAtMs <= nowMs) {
      this.nowMs = Math.max(this.nowMs, this.#wakeAtMs);
      this.input("tick");
    }
    this.nowMs = nowMs;
  }
}

Deno.test("stepChannels() keeps to DataChannels that open in time", () => {
  const follower = new Follower();
  // Before anything was tried, nothing else is.
  assert.equal(stepChannels(START_CHANNELS, "tick", 0).needsLink, false);
  follower.until(2000);
  follower.input("opened");
  follower.until(600_000);
  assert.deepEqual(follower.log, ["0 open"]);
});

Deno.test("stepChannels() needs the link after 3 s, and no more when DataChannels open", () => {
  const follower = new Follower();
  follower.until(8000);
  follower.input("opened");
  assert.deepEqual(follower.log, ["0 open", "3000 link true", "8000 link false"]);
});

Deno.test("stepChannels() needs the link at once when open DataChannels end", () => {
  const follower = new Follower();
  follower.until(100);
  follower.input("opened");
  follower.until(5000);
  follower.input("closed");
  follower.until(7000);
  assert.deepEqual(follower.log, ["0 open", "5000 link true", "7000 open"]);
  assert.equal(follower.needsLink, true, "it serves until the others are open");
});

Deno.test("stepChannels() tries blocked DataChannels ever more seldom", () => {
  const follower = new Follower();
  follower.until(600_000);
  const opened = follower.log.filter((line) => line.endsWith(" open")).map((line) =>
    Number(line.split(" ")[0])
  );
  const gaps = opened.slice(1).map((atMs, index) => atMs - opened[index]!);
  assert.deepEqual(gaps.slice(0, 3), [12_000, 14_000, 18_000]);
  assert.equal(gaps.at(-1), 70_000);
});

Deno.test("stepChannels() never opens what is there, nor closes what is not", () => {
  const event = fc.record({
    input: fc.constantFrom("opened" as const, "closed" as const, "tick" as const),
    waitMs: fc.nat(30_000),
  });
  fc.assert(fc.property(fc.array(event, { maxLength: 40 }), (events) => {
    let plan = START_CHANNELS;
    let isThere = false;
    let nowMs = 0;
    for (const { input, waitMs } of events) {
      nowMs += waitMs;
      // What is not there says nothing.
      if (!isThere && input !== "tick") continue;
      const step = stepChannels(plan, input, nowMs);
      plan = step.plan;
      if (input === "closed") isThere = false;
      if (step.action === "open") assert.equal(isThere, false);
      if (step.action === "close") assert.equal(isThere, true);
      if (step.action !== "none") isThere = step.action === "open";
      assert.equal(isThere, plan.kind !== "off");
      assert.ok(step.wakeInMs === null ? plan.kind === "open" : step.wakeInMs >= 0);
    }
  }));
});
