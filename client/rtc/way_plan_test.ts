import assert from "node:assert/strict";
import fc from "fast-check";
import {
  START_LINK_ONLY,
  START_WAYS,
  stepWays,
  type WayInput,
  wayInUse,
  type WayPlan,
} from "./way_plan.ts";

/** Follows a plan on a clock of its own, ticking when the plan asks for it. */
class Follower {
  plan: WayPlan = START_WAYS;
  nowMs = 0;
  readonly log: string[] = [];
  #wakeAtMs: number | null = 0;

  input(input: WayInput): void {
    const { plan, actions, wakeInMs } = stepWays(this.plan, input, this.nowMs);
    this.plan = plan;
    this.#wakeAtMs = wakeInMs === null ? null : this.nowMs + wakeInMs;
    for (const { kind, way } of actions) this.log.push(`${this.nowMs} ${kind} ${way}`);
  }

  until(nowMs: number): void {
    while (this.#wakeAtMs !== null && this.#wakeAtMs <= nowMs) {
      this.nowMs = Math.max(this.nowMs, this.#wakeAtMs);
      this.input({ kind: "tick" });
    }
    this.nowMs = nowMs;
  }
}

Deno.test("stepWays() keeps to the DataChannel where it opens in time", () => {
  const follower = new Follower();
  follower.until(2000);
  follower.input({ kind: "opened", way: "datachannel" });
  follower.until(600_000);
  assert.deepEqual(follower.log, ["0 open datachannel"]);
  assert.equal(wayInUse(follower.plan), "datachannel");
});

Deno.test("stepWays() opens the link after 3 s, and goes back when the DataChannel opens", () => {
  const follower = new Follower();
  follower.until(3500);
  assert.deepEqual(follower.log, ["0 open datachannel", "3000 open link"]);
  follower.input({ kind: "opened", way: "link" });
  assert.equal(wayInUse(follower.plan), "link");
  follower.until(8000);
  follower.input({ kind: "opened", way: "datachannel" });
  assert.equal(follower.log.at(-1), "8000 close link");
  assert.equal(wayInUse(follower.plan), "datachannel");
});

Deno.test("stepWays() takes the link at once when an open DataChannel ends", () => {
  const follower = new Follower();
  follower.until(100);
  follower.input({ kind: "opened", way: "datachannel" });
  follower.until(5000);
  follower.input({ kind: "closed", way: "datachannel" });
  assert.equal(follower.log.at(-1), "5000 open link");
  follower.input({ kind: "opened", way: "link" });
  follower.until(7100);
  assert.equal(follower.log.at(-1), "7000 open datachannel");
  assert.equal(wayInUse(follower.plan), "link", "it carries until the other is open");
});

Deno.test("stepWays() tries a blocked DataChannel ever more seldom beside the link", () => {
  const follower = new Follower();
  follower.until(3000);
  follower.input({ kind: "opened", way: "link" });
  follower.until(900_000);
  const tries = follower.log.filter((line) => line.endsWith("open datachannel"))
    .map((line) => parseInt(line));
  const gaps = tries.slice(1).map((atMs, index) => atMs - tries[index]!);
  assert.deepEqual(gaps.slice(0, 7), [12_000, 14_000, 18_000, 26_000, 42_000, 70_000, 70_000]);
  assert.equal(wayInUse(follower.plan), "link");
});

Deno.test("stepWays() opens a lost or refused link again, a little later each time", () => {
  const follower = new Follower();
  follower.until(3000);
  for (let round = 0; round < 3; round++) {
    follower.input({ kind: "closed", way: "link" });
    follower.until(follower.nowMs + 4000);
  }
  const opens = follower.log.filter((line) => line.endsWith("open link"));
  assert.deepEqual(opens.map((line) => parseInt(line)), [3000, 3500, 8000, 13_000]);
});

Deno.test("stepWays() never opens what is there, nor closes what is not", () => {
  const way = fc.constantFrom("datachannel" as const, "link" as const);
  const event = fc.oneof(
    fc.record({ kind: fc.constantFrom("opened" as const, "closed" as const), way }),
    fc.nat(20_000).map((byMs) => ({ byMs })),
  );
  fc.assert(fc.property(fc.array(event, { maxLength: 60 }), (events) => {
    const follower = new Follower();
    const there = new Set<string>();
    let seen = 0;
    const check = () => {
      for (; seen < follower.log.length; seen++) {
        const [, kind, which] = follower.log[seen]!.split(" ");
        assert.equal(there.has(which!), kind === "close");
        if (kind === "open") there.add(which!);
        else there.delete(which!);
      }
    };
    follower.until(0);
    check();
    for (const event of events) {
      if ("byMs" in event) follower.until(follower.nowMs + event.byMs);
      else if (there.has(event.way)) {
        if (event.kind === "closed") there.delete(event.way);
        follower.input(event);
      }
      check();
      assert(there.has("datachannel") || follower.plan.datachannel.kind === "off");
    }
  }));
});

Deno.test("stepWays() tries no DataChannel where the server has the frames itself", () => {
  const follower = new Follower();
  follower.plan = START_LINK_ONLY;
  follower.until(500);
  follower.input({ kind: "opened", way: "link" });
  follower.until(600_000);
  assert.deepEqual(follower.log, ["0 open link"]);
  assert.equal(wayInUse(follower.plan), "link");
});
