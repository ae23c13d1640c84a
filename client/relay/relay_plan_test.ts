import assert from "node:assert/strict";
import * as fc from "fast-check";
import { RELAY_AFTER_MS, RELAY_END_CAUSES } from "@/protocol";
import type { ConnectionState } from "../rtc/remote_peer.ts";
import {
  type RelayContext,
  type RelayInput,
  type RelayPlan,
  START_RELAY,
  stepRelay,
} from "./relay_plan.ts";

const CONNECTING: ConnectionState = { kind: "connecting", sinceMs: 0, tries: 0 };
const CONNECTED: ConnectionState = { kind: "connected", sinceMs: 0 };

/** One phone, as time goes. */
function setUp(options: Partial<RelayContext> = {}) {
  const context = { nowMs: 0, hasConsent: false, isJoined: true, ...options };
  let plan: RelayPlan = START_RELAY;
  let wakeInMs: number | null = null;
  const input = (what: RelayInput) => {
    const step = stepRelay(plan, what, context);
    plan = step.plan;
    wakeInMs = step.wakeInMs;
    return step.action;
  };
  return {
    context,
    input,
    connection: (state: ConnectionState) => input({ kind: "connection", state }),
    /** Lets time pass to the next wake-up. */
    wake() {
      assert.notEqual(wakeInMs, null, `nothing to wait for in ${plan.kind}`);
      context.nowMs += wakeInMs!;
      return input({ kind: "tick" });
    },
    get plan() {
      return plan;
    },
    get wakeInMs() {
      return wakeInMs;
    },
  };
}

Deno.test("stepRelay() gives a path 8 s, asks, and only then asks the server", () => {
  const phone = setUp();
  assert.equal(phone.connection({ kind: "waiting" }), "none");
  assert.equal(phone.wakeInMs, null, "a camera that is off has nothing to connect");
  assert.equal(phone.connection(CONNECTING), "none");
  assert.equal(phone.wakeInMs, RELAY_AFTER_MS);
  // A fresh try of the connection does not begin the time anew.
  phone.context.nowMs = 5_000;
  phone.connection({ kind: "connecting", sinceMs: 5_000, tries: 1 });
  assert.equal(phone.wakeInMs, RELAY_AFTER_MS - 5_000);
  assert.equal(phone.wake(), "ask");
  assert.equal(phone.plan.kind, "asking");
  assert.equal(phone.input({ kind: "answered", yes: true }), "open");
  assert.equal(phone.plan.kind, "wanted");
});

Deno.test("stepRelay() does not ask who has agreed, nor while the server is away", () => {
  const phone = setUp({ hasConsent: true, isJoined: false });
  phone.connection(CONNECTING);
  assert.equal(phone.wake(), "none");
  phone.context.isJoined = true;
  assert.equal(phone.wake(), "open");
});

Deno.test("stepRelay() counts from when the connection was lost", () => {
  const phone = setUp({ hasConsent: true, nowMs: 20_000 });
  phone.connection(CONNECTED);
  phone.connection({ kind: "recovering", sinceMs: 17_000 });
  assert.equal(phone.wakeInMs, RELAY_AFTER_MS - 3_000);
});

Deno.test("stepRelay() ends the relay when there is a path, and begins anew when that is lost", () => {
  const phone = setUp({ hasConsent: true });
  phone.connection(CONNECTING);
  phone.wake();
  assert.equal(phone.connection(CONNECTED), "close");
  assert.equal(phone.plan.kind, "direct");
  assert.equal(phone.connection({ kind: "recovering", sinceMs: phone.context.nowMs }), "none");
  assert.equal(phone.wake(), "open");
});

Deno.test("stepRelay() takes no for an answer until it is invited", () => {
  const phone = setUp();
  phone.connection(CONNECTING);
  phone.wake();
  assert.equal(phone.input({ kind: "answered", yes: false }), "none");
  assert.equal(phone.wakeInMs, null);
  // The connection comes and goes: still no.
  phone.connection(CONNECTED);
  assert.equal(phone.plan.kind, "direct", "there is nothing to offer");
  assert.equal(phone.input({ kind: "invited" }), "none");
  assert.equal(phone.input({ kind: "answered", yes: true }), "none");
  phone.connection({ kind: "recovering", sinceMs: 0 });
  assert.equal(phone.plan.kind, "declined");
  assert.equal(phone.input({ kind: "invited" }), "ask");
  assert.equal(phone.input({ kind: "answered", yes: true }), "open");
});

Deno.test("stepRelay() tries again after every end, more and more slowly", () => {
  for (const cause of RELAY_END_CAUSES) {
    const phone = setUp({ hasConsent: true });
    phone.connection(CONNECTING);
    phone.wake();
    const pauses: number[] = [];
    for (let round = 0; round < 6; round++) {
      phone.input({ kind: "ended", cause });
      pauses.push(phone.wakeInMs!);
      assert.equal(phone.wake(), "open");
    }
    assert.ok(pauses.every((ms, at) => at === 0 || ms >= pauses[at - 1]!), `${cause} ${pauses}`);
    assert.ok(pauses.at(-1)! <= 60_000 && pauses[0]! >= 500);
    phone.input({ kind: "opened" });
    phone.input({ kind: "lost" });
    assert.ok(phone.wakeInMs! < 1_000, "a relay that worked is tried again at once");
  }
});

const anyConnection: fc.Arbitrary<ConnectionState> = fc.oneof(
  fc.constant<ConnectionState>({ kind: "waiting" }),
  fc.constant(CONNECTING),
  fc.constant(CONNECTED),
  fc.constant<ConnectionState>({ kind: "recovering", sinceMs: 0 }),
);
const anyInput: fc.Arbitrary<RelayInput> = fc.oneof(
  anyConnection.map((state) => ({ kind: "connection", state }) as const),
  fc.boolean().map((yes) => ({ kind: "answered", yes }) as const),
  fc.constantFrom(...RELAY_END_CAUSES).map((cause) => ({ kind: "ended", cause }) as const),
  fc.constantFrom("invited", "opened", "lost", "tick").map((kind) => ({ kind }) as RelayInput),
);

Deno.test("stepRelay() opens nothing after a no, though there was a yes before it", () => {
  const phone = setUp({ hasConsent: true });
  phone.connection({ kind: "impossible", where: "here" });
  assert.equal(phone.input({ kind: "answered", yes: false }), "close");
  phone.connection({ kind: "waiting" });
  assert.equal(phone.connection({ kind: "impossible", where: "here" }), "none");
  assert.equal(phone.plan.kind, "declined");
});

Deno.test("stepRelay() keeps a no while it is asked anew, until there is an answer", () => {
  const phone = setUp({ hasConsent: true });
  phone.connection({ kind: "impossible", where: "here" });
  phone.input({ kind: "answered", yes: false });
  assert.equal(phone.input({ kind: "invited" }), "ask");
  phone.connection({ kind: "waiting" });
  assert.equal(phone.connection({ kind: "impossible", where: "here" }), "none");
  assert.equal(phone.plan.kind, "declined");
});

Deno.test("stepRelay(), whatever happens: nothing is asked for without a yes, or while connected", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyInput, fc.nat(20_000)), { maxLength: 60 }),
      fc.boolean(),
      (steps, hasConsent) => {
        const phone = setUp({ hasConsent });
        let isAgreed = hasConsent;
        let isConnected = false;
        let isOpen = false;
        for (const [input, ms] of steps) {
          phone.context.nowMs += ms;
          if (input.kind === "connection") isConnected = input.state.kind === "connected";
          const isHeard = phone.plan.kind !== "direct" && phone.plan.kind !== "waiting";
          if (input.kind === "answered" && isHeard) isAgreed = input.yes;
          const action = phone.input(input);
          if (action === "open") {
            assert.ok(isAgreed, "opened without a yes");
            assert.ok(!isConnected, "opened while there is a path");
            isOpen = true;
          }
          if (action === "close") isOpen = false;
          if (isConnected) assert.ok(!isOpen, "open while there is a path");
          // What waits for time says so.
          if (phone.plan.kind === "resting" || phone.plan.kind === "waiting") {
            assert.notEqual(phone.wakeInMs, null);
          }
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("stepRelay() waits for no path where a browser has no WebRTC", () => {
  const phone = setUp();
  assert.equal(phone.connection({ kind: "impossible", where: "here" }), "ask");
  assert.equal(phone.input({ kind: "answered", yes: true }), "open");
  const known = setUp({ hasConsent: true });
  assert.equal(known.connection({ kind: "impossible", where: "there" }), "open");
});
