import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CarrierInput,
  carrierInUse,
  type CarrierPlan,
  START_CARRIERS,
  stepCarriers,
} from "./carrier_plan.ts";

/** Follows a plan on a clock of its own, ticking when the plan asks for it. */
class Follower {
  plan: CarrierPlan = START_CARRIERS;
  nowMs = 0;
  readonly log: string[] = [];
  #wakeAtMs: number | null = 0;

  input(input: CarrierInput): void {
    const { plan, actions, wakeInMs } = stepCarriers(this.plan, input, this.nowMs);
    this.plan = plan;
    this.#wakeAtMs = wakeInMs === null ? null : this.nowMs + wakeInMs;
    for (const { kind, carrier } of actions) this.log.push(`${this.nowMs} ${kind} ${carrier}`);
  }

  until(nowMs: number): void {
    while (this.#wakeAtMs !== null && this.#wakeAtMs <= nowMs) {
      this.nowMs = Math.max(this.nowMs, this.#wakeAtMs);
      this.input({ kind: "tick" });
    }
    this.nowMs = nowMs;
  }
}

Deno.test("stepCarriers() keeps to the DataChannel where it opens in time", () => {
  const follower = new Follower();
  follower.until(2000);
  follower.input({ kind: "opened", carrier: "datachannel" });
  follower.until(600_000);
  assert.deepEqual(follower.log, ["0 open datachannel"]);
  assert.equal(carrierInUse(follower.plan), "datachannel");
});

Deno.test("stepCarriers() opens the WebSocket after 3 s, and goes back when the DataChannel opens", () => {
  const follower = new Follower();
  follower.until(3500);
  assert.deepEqual(follower.log, ["0 open datachannel", "3000 open websocket"]);
  follower.input({ kind: "opened", carrier: "websocket" });
  assert.equal(carrierInUse(follower.plan), "websocket");
  follower.until(8000);
  follower.input({ kind: "opened", carrier: "datachannel" });
  assert.equal(follower.log.at(-1), "8000 close websocket");
  assert.equal(carrierInUse(follower.plan), "datachannel");
});

Deno.test("stepCarriers() takes the WebSocket at once when an open DataChannel ends", () => {
  const follower = new Follower();
  follower.until(100);
  follower.input({ kind: "opened", carrier: "datachannel" });
  follower.until(5000);
  follower.input({ kind: "closed", carrier: "datachannel" });
  assert.equal(follower.log.at(-1), "5000 open websocket");
  follower.input({ kind: "opened", carrier: "websocket" });
  follower.until(7100);
  assert.equal(follower.log.at(-1), "7000 open datachannel");
  assert.equal(carrierInUse(follower.plan), "websocket", "it carries until the other is open");
});

Deno.test("stepCarriers() tries a blocked DataChannel ever more seldom beside the WebSocket", () => {
  const follower = new Follower();
  follower.until(3000);
  follower.input({ kind: "opened", carrier: "websocket" });
  follower.until(900_000);
  const tries = follower.log.filter((line) => line.endsWith("open datachannel"))
    .map((line) => parseInt(line));
  const gaps = tries.slice(1).map((atMs, index) => atMs - tries[index]!);
  assert.deepEqual(gaps.slice(0, 7), [12_000, 14_000, 18_000, 26_000, 42_000, 70_000, 70_000]);
  assert.equal(carrierInUse(follower.plan), "websocket");
});

Deno.test("stepCarriers() opens a lost or refused WebSocket again, a little later each time", () => {
  const follower = new Follower();
  follower.until(3000);
  for (let round = 0; round < 3; round++) {
    follower.input({ kind: "closed", carrier: "websocket" });
    follower.until(follower.nowMs + 4000);
  }
  const opens = follower.log.filter((line) => line.endsWith("open websocket"));
  assert.deepEqual(opens.map((line) => parseInt(line)), [3000, 3500, 8000, 13_000]);
});

Deno.test("stepCarriers() never opens what is there, nor closes what is not", () => {
  const carrier = fc.constantFrom("datachannel" as const, "websocket" as const);
  const event = fc.oneof(
    fc.record({ kind: fc.constantFrom("opened" as const, "closed" as const), carrier }),
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
      else if (there.has(event.carrier)) {
        if (event.kind === "closed") there.delete(event.carrier);
        follower.input(event);
      }
      check();
      assert(there.has("datachannel") || follower.plan.datachannel.kind === "off");
    }
  }));
});
