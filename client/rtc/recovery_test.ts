import assert from "node:assert/strict";
import fc from "fast-check";
import {
  CONNECT_MS,
  FOLLOWER_UNSTEADY_MS,
  type RecoveryInput,
  type RecoveryState,
  recoveryStep,
  RESTART_MS,
  UNSTEADY_MS,
} from "./recovery.ts";

const tick: RecoveryInput = { kind: "tick" };
const transport = (state: RTCPeerConnectionState): RecoveryInput => ({ kind: "transport", state });

/** Plays inputs with the time that passes before each; collects the actions. */
function play(
  steps: ReadonlyArray<readonly [afterMs: number, input: RecoveryInput]>,
  options: { leads?: boolean; reachable?: boolean } = {},
) {
  const { leads = true, reachable = true } = options;
  let state: RecoveryState = { kind: "idle" };
  let nowMs = 0;
  const actions: string[] = [];
  for (const [afterMs, input] of steps) {
    nowMs += afterMs;
    const step = recoveryStep(state, input, { nowMs, leads, reachable });
    state = step.state;
    if (step.action !== "none") actions.push(step.action);
  }
  return { state, actions };
}

const CONNECTED = [[0, { kind: "opened" }], [500, transport("connected")]] as const;

Deno.test("recoveryStep() waits a moment when the path breaks, then restarts ICE", () => {
  const early = play([...CONNECTED, [0, transport("disconnected")], [UNSTEADY_MS - 1, tick]]);
  assert.deepEqual(early.actions, []);
  const due = play([...CONNECTED, [0, transport("disconnected")], [UNSTEADY_MS, tick]]);
  assert.deepEqual(due.actions, ["restart-ice"]);
});

Deno.test("recoveryStep() leaves a path alone that comes back by itself", () => {
  const { state, actions } = play([
    ...CONNECTED,
    [0, transport("disconnected")],
    [1_000, transport("connected")],
    [60_000, tick],
  ]);
  assert.equal(state.kind, "connected");
  assert.deepEqual(actions, []);
});

Deno.test("recoveryStep() restarts ICE at once on failed", () => {
  assert.deepEqual(play([...CONNECTED, [0, transport("failed")]]).actions, ["restart-ice"]);
});

Deno.test("recoveryStep() makes a fresh connection when the restart does not help", () => {
  const { state, actions } = play([...CONNECTED, [0, transport("failed")], [RESTART_MS, tick]]);
  assert.deepEqual(actions, ["restart-ice", "rebuild"]);
  assert.equal(state.kind === "connecting" && state.lostAtMs, 500);
});

Deno.test("recoveryStep() gives each fresh connection more time", () => {
  const { actions, state } = play([
    [0, { kind: "opened" }],
    [CONNECT_MS, tick],
    [CONNECT_MS, tick],
    [CONNECT_MS, tick],
  ]);
  assert.deepEqual(actions, ["rebuild", "rebuild"]);
  assert.equal(state.kind === "connecting" && state.tries, 2);
});

Deno.test("recoveryStep() as follower never builds anew, and restarts later than the leader", () => {
  const broken = [...CONNECTED, [0, transport("disconnected")]] as const;
  const follower = { leads: false };
  assert.deepEqual(play([...broken, [FOLLOWER_UNSTEADY_MS - 1, tick]], follower).actions, []);
  const late = play([...broken, [FOLLOWER_UNSTEADY_MS, tick], [RESTART_MS, tick]], follower);
  assert.deepEqual(late.actions, ["restart-ice", "restart-ice"]);
});

Deno.test("recoveryStep() adds the new path on a network change without giving up the old one", () => {
  const { state, actions } = play([...CONNECTED, [0, { kind: "network-change" }]]);
  assert.deepEqual(actions, ["restart-ice"]);
  assert.equal(state.kind, "connected");
});

Deno.test("recoveryStep() holds still while the other side cannot hear it, and acts when it can", () => {
  const away = play([...CONNECTED, [0, transport("failed")], [60_000, tick]], { reachable: false });
  assert.deepEqual(away.actions, []);
  const step = recoveryStep(away.state, { kind: "reachable" }, {
    nowMs: 61_000,
    leads: true,
    reachable: true,
  });
  assert.equal(step.action, "restart-ice");
});

Deno.test("recoveryStep() always wakes again while something is broken and somebody listens", () => {
  const states = ["new", "connecting", "connected", "disconnected", "failed", "closed"] as const;
  const input = fc.oneof(
    fc.constantFrom<RecoveryInput>(tick, { kind: "network-change" }, { kind: "reachable" }),
    fc.constantFrom(...states).map(transport),
  );
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(20_000), input)), (inputs) => {
    let state: RecoveryState = { kind: "idle" };
    let nowMs = 0;
    const context = () => ({ nowMs, leads: true, reachable: true });
    state = recoveryStep(state, { kind: "opened" }, context()).state;
    for (const [afterMs, input] of inputs) {
      nowMs += afterMs;
      const step = recoveryStep(state, input, context());
      state = step.state;
      assert.notEqual(state.kind, "idle");
      assert.equal(step.wakeInMs === null, state.kind === "connected");
      assert((step.wakeInMs ?? 0) >= 0);
    }
  }));
});
