import assert from "node:assert/strict";
import fc from "fast-check";
import type { InferenceFacts } from "../inference/ipc.ts";
import { HEARTBEAT_TIMEOUT_MS } from "./ipc.ts";
import {
  BACKOFF_MS,
  sentenceOf,
  START_SILENCE_MS,
  START_TIMEOUT_MS,
  superviseStep,
  type SupervisorInput as Input,
  type SupervisorState as State,
} from "./supervisor_state.ts";

type SupervisorInput = Input<InferenceFacts>;
type SupervisorState = State<InferenceFacts>;

const facts: InferenceFacts = {
  executionProvider: "cpu",
  threadsPerSession: 2,
  sessions: 1,
  isCalibrated: true,
  runMs: {},
};

const STARTING = { kind: "starting", sinceMs: 0, heardMs: null, failures: 0 } as SupervisorState;

/** Feeds inputs one after the other; returns the last state and all actions. */
function run(inputs: readonly SupervisorInput[], from = STARTING) {
  const actions: (string | null)[] = [];
  let state = from;
  for (const input of inputs) {
    const next = superviseStep(state, input);
    state = next.state;
    actions.push(next.action);
  }
  return { state, actions };
}

const ready = (nowMs: number): SupervisorInput => ({ kind: "ready", facts, nowMs });
const heard = (nowMs: number): SupervisorInput => ({ kind: "heard", nowMs });
const tick = (nowMs: number, lateMs = 0): SupervisorInput => ({ kind: "tick", nowMs, lateMs });
const ended = (nowMs: number): SupervisorInput => ({
  kind: "ended",
  nowMs,
  reason: "exited",
  cause: "x",
});

Deno.test("superviseStep() kills a child that is silent for too long, and starts another", () => {
  const silentMs = 1_000 + HEARTBEAT_TIMEOUT_MS;
  const before = run([ready(100), heard(1_000), tick(silentMs - 1)]);
  assert.equal(before.state.kind, "ready");
  const after = run([tick(silentMs), tick(silentMs + BACKOFF_MS[0])], before.state);
  assert.deepEqual(after.actions, ["kill", "start"]);
  assert.equal(after.state.kind, "starting");
});

Deno.test("superviseStep() takes note of what a child finds out later", () => {
  const found = { ...facts, sessions: 2 };
  const { state, actions } = run([ready(100), { kind: "facts", facts: found, nowMs: 5_000 }]);
  assert.deepEqual(actions, [null, null]);
  assert.deepEqual(state.kind === "ready" && [state.facts, state.sinceMs], [found, 100]);
  assert.equal(run([{ kind: "facts", facts: found, nowMs: 1 }]).state.kind, "starting");
});

Deno.test("superviseStep() waits longer after every failure, and forgets them in time", () => {
  let state = STARTING;
  let nowMs = 0;
  for (const waitMs of [...BACKOFF_MS, BACKOFF_MS.at(-1)!]) {
    state = run([ended(nowMs), tick(nowMs + waitMs - 1)], state).state;
    assert.equal(state.kind, "restarting");
    nowMs += waitMs;
    state = run([tick(nowMs)], state).state;
    assert.equal(state.kind, "starting");
  }
  const stable = run([ready(nowMs), heard(nowMs + 9_999), tick(nowMs + 10_000)], state).state;
  assert.deepEqual(stable.kind === "ready" && stable.failures, 0);
});

Deno.test("superviseStep() does not take its own sleep for the child's silence", () => {
  const { state, actions } = run([ready(0), tick(60_000, 59_000), tick(60_100), heard(60_200)]);
  assert.deepEqual(actions, [null, null, null, null]);
  assert.equal(state.kind, "ready");
});

Deno.test("superviseStep() gives up a child that is never ready", () => {
  const mute = run([tick(START_TIMEOUT_MS - 1), tick(START_TIMEOUT_MS)]);
  assert.deepEqual(mute.actions, [null, "kill"]);
  const hung = run([heard(10), tick(START_SILENCE_MS + 9), tick(START_SILENCE_MS + 10)]);
  assert.deepEqual(hung.actions, [null, null, "kill"]);
});

Deno.test("superviseStep() starts nothing after `unable` and after its end", () => {
  const unable = run([{ kind: "unable", nowMs: 1, message: "no GPU" }, ended(2), tick(1e6)]);
  assert.deepEqual(unable.actions, ["kill", null, null]);
  assert.match(sentenceOf("Detection", unable.state)!, /^Detection cannot run: no GPU$/);
  const stopped = run([ready(0), { kind: "stop", nowMs: 1 }, ended(2), tick(1e6)]);
  assert.deepEqual(stopped.actions, [null, "kill", null, null]);
});

Deno.test("superviseStep() never has two children, whatever happens", () => {
  const input = fc.tuple(
    fc.constantFrom("ready", "unable", "heard", "ended", "tick", "stop"),
    fc.integer({ min: 0, max: 20_000 }),
    fc.integer({ min: 0, max: 2_000 }),
  );
  fc.assert(fc.property(fc.array(input), (steps) => {
    let state = STARTING;
    let living = 1;
    let nowMs = 0;
    for (const [kind, afterMs, lateMs] of steps) {
      nowMs += afterMs;
      const words = { reason: "exited", cause: "x", message: "x" };
      const full = { kind, nowMs, lateMs, facts, ...words } as SupervisorInput;
      const next = superviseStep(state, full);
      state = next.state;
      if (next.action === "start") living++;
      if (next.action === "kill") living = 0;
      assert.ok(living <= 1);
      assert.equal(living === 1, state.kind === "starting" || state.kind === "ready");
    }
  }));
});
