import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ADDRESS_TIMEOUT_MS,
  BACKOFF_MS,
  CHECK_TIMEOUT_MS,
  MAX_MISSED,
  OTHER_TIMEOUT_MS,
  STABLE_MS,
  startState,
  type TunnelInput,
  type TunnelState,
  tunnelStep,
} from "./tunnel_state.ts";
import type { UrlAnswer } from "./url_check.ts";

const ORIGIN = "https://first.example";
const OURS = { kind: "ours" } as const;

/** A tunnel whose clock the test moves. */
function scene() {
  let nowMs = 0;
  let state = startState(nowMs);
  const actions: string[] = [];
  type Input = TunnelInput extends infer T ? T extends unknown ? Omit<T, "nowMs"> : never : never;
  const step = (input: Input) => {
    const next = tunnelStep(state, { ...input, nowMs } as TunnelInput);
    state = next.state;
    if (next.action !== null) actions.push(next.action);
    return state.kind;
  };
  return {
    actions,
    step,
    wait: (ms: number) => {
      nowMs += ms;
      return step({ kind: "tick" });
    },
    open: (origin = ORIGIN) => {
      step({ kind: "address", origin });
      return step({ kind: "answer", origin, answer: OURS });
    },
    get state() {
      return state;
    },
  };
}

Deno.test("tunnelStep() is up only when the very address that was named answers as ours", () => {
  const { step, state: _, ...tunnel } = scene();
  assert.equal(step({ kind: "answer", origin: ORIGIN, answer: OURS }), "starting");
  assert.equal(step({ kind: "address", origin: ORIGIN }), "checking");
  const silent = { kind: "silent", what: "no answer in time" } as const;
  assert.equal(step({ kind: "answer", origin: ORIGIN, answer: silent }), "checking");
  const other = "https://second.example";
  assert.equal(step({ kind: "answer", origin: other, answer: OURS }), "checking");
  assert.equal(step({ kind: "answer", origin: ORIGIN, answer: OURS }), "up");
  assert.deepEqual(tunnel.actions, []);
});

Deno.test("tunnelStep() gives up a first start that takes too long, and says what was seen", () => {
  const nameless = scene();
  assert.equal(nameless.wait(ADDRESS_TIMEOUT_MS - 1), "starting");
  assert.equal(nameless.wait(1), "failed");
  const silent = scene();
  silent.step({ kind: "address", origin: ORIGIN });
  silent.step({ kind: "answer", origin: ORIGIN, answer: { kind: "silent", what: "status 530" } });
  assert.equal(silent.wait(CHECK_TIMEOUT_MS), "failed");
  assert.match((silent.state as { cause: string }).cause, /does not lead here \(status 530\)/);
  assert.deepEqual(silent.actions, ["end"]);
});

Deno.test("tunnelStep() waits less long where something else answers, and forgives a short time of it", () => {
  const tunnel = scene();
  const answer = (kind: "other" | "silent") =>
    tunnel.step({ kind: "answer", origin: ORIGIN, answer: { kind, what: "status 200" } });
  tunnel.step({ kind: "address", origin: ORIGIN });
  answer("other");
  tunnel.wait(OTHER_TIMEOUT_MS - 1);
  answer("silent");
  assert.equal(tunnel.wait(1), "checking");
  answer("other");
  assert.equal(tunnel.wait(OTHER_TIMEOUT_MS), "failed");
});

Deno.test("tunnelStep() restarts a tunnel that was up, each time later, until it was stable", () => {
  const tunnel = scene();
  tunnel.open();
  for (const [failures, waitMs] of [...BACKOFF_MS, BACKOFF_MS.at(-1)!].entries()) {
    assert.equal(tunnel.step({ kind: "ended", cause: "x" }), "restarting", `${failures}`);
    assert.equal(tunnel.wait(waitMs - 1), "restarting");
    assert.equal(tunnel.wait(1), "starting");
  }
  tunnel.open();
  tunnel.wait(STABLE_MS);
  tunnel.step({ kind: "ended", cause: "x" });
  assert.equal(tunnel.wait(BACKOFF_MS[0]), "starting");
  assert.equal(tunnel.wait(ADDRESS_TIMEOUT_MS), "restarting");
});

Deno.test("tunnelStep() restarts a tunnel that leads here no more while its program lives", () => {
  const tunnel = scene();
  tunnel.open();
  const answer = (answer: UrlAnswer, origin = ORIGIN) =>
    tunnel.step({ kind: "answer", origin, answer });
  const silent = { kind: "silent", what: "status 530" } as const;
  for (let round = 0; round < 3; round++) {
    for (let missed = 1; missed < MAX_MISSED; missed++) assert.equal(answer(silent), "up");
    assert.equal(answer(silent, "https://second.example"), "up", "a late word of another one");
    assert.equal(answer(OURS), "up", "a short outage is none");
  }
  for (let missed = 1; missed < MAX_MISSED; missed++) answer(silent);
  assert.equal(answer(silent), "restarting");
  assert.deepEqual(tunnel.actions, ["end"]);
  assert.match((tunnel.state as { cause: string }).cause, /leads here no more \(status 530\)/);
});

Deno.test("tunnelStep() checks anew when the program names another address", () => {
  const tunnel = scene();
  tunnel.open();
  assert.equal(tunnel.step({ kind: "address", origin: ORIGIN }), "up");
  assert.equal(tunnel.step({ kind: "address", origin: "https://second.example" }), "checking");
  assert.equal(tunnel.step({ kind: "answer", origin: ORIGIN, answer: OURS }), "checking");
});

Deno.test("tunnelStep() runs at most one program, whatever happens in whatever order", () => {
  const answer = fc.constantFrom(OURS, { kind: "other" as const, what: "x" }, {
    kind: "silent" as const,
    what: "x",
  });
  const origin = fc.constantFrom(ORIGIN, "https://second.example");
  const input = fc.oneof(
    fc.record({ kind: fc.constant("address" as const), origin }),
    fc.record({ kind: fc.constant("answer" as const), origin, answer }),
    fc.record({ kind: fc.constant("ended" as const), cause: fc.constant("x") }),
    fc.record({ kind: fc.constant("tick" as const) }),
    fc.record({ kind: fc.constant("stop" as const) }),
  );
  fc.assert(fc.property(fc.array(fc.tuple(input, fc.nat(70_000)), { maxLength: 60 }), (inputs) => {
    let state: TunnelState = startState(0);
    let nowMs = 0;
    let running = 1;
    let wasUp = false;
    for (const [each, ms] of inputs) {
      nowMs += ms;
      const step = tunnelStep(state, { ...each, nowMs } as TunnelInput);
      if (step.action === "start") running++;
      if (step.action === "end") running = 0;
      assert.ok(running <= 1);
      wasUp ||= step.state.kind === "up";
      assert.ok(step.state.kind !== "failed" || !wasUp, "a tunnel that was up is never given up");
      if (state.kind === "stopped") assert.equal(step.state.kind, "stopped");
      state = step.state;
    }
  }));
});
