import { assertNever } from "@/protocol";
import { HEARTBEAT_TIMEOUT_MS } from "./ipc.ts";

/** A child that is not ready by then never will be: loading a model on a GPU takes some seconds. */
export const START_TIMEOUT_MS = 60_000;

/** The same of one that was heard and fell silent; at its start a machine may be very busy. */
export const START_SILENCE_MS = 10_000;

/** Waiting before a restart, by the number of failures in a row: quick first, then patient. */
export const BACKOFF_MS = [100, 500, 2_000, 5_000, 10_000] as const;

/** A child that ran this long after it was ready has put the failures before it behind. */
const STABLE_MS = 10_000;

/** How long what is kept running may take, and when it is tried again. */
export interface KeepingLimits {
  /** One that is not ready by then never will be. */
  readonly startMs: number;
  /** The same of one that was heard and fell silent before it was ready. */
  readonly startSilenceMs: number;
  /** One that was ready and has been silent for this long is hung. */
  readonly silenceMs: number;
  /** Waiting before a restart, by the number of failures in a row. */
  readonly backoffMs: readonly [number, ...number[]];
}

/** Of a process of ours. */
const CHILD_LIMITS: KeepingLimits = {
  startMs: START_TIMEOUT_MS,
  startSilenceMs: START_SILENCE_MS,
  silenceMs: HEARTBEAT_TIMEOUT_MS,
  backoffMs: BACKOFF_MS,
};

/** Our own clock check came this late: this process slept, so the child's silence means nothing. */
const LATE_TICK_MS = 500;

/** Why a child was replaced by another. One closed list for counters and tests. */
export const RESTART_REASONS = [
  /** It ended by itself. */
  "exited",
  /** A signal ended it: of the system, of native code that crashed, or of a person. */
  "killed",
  /** No heartbeat came in time. */
  "silent",
  /** It was not ready in time. */
  "slow-start",
  /** It read nothing any more. */
  "stuck",
  /** What it said was not readable. */
  "unreadable",
  /** The system did not start it. */
  "not-started",
] as const;
/** See {@linkcode RESTART_REASONS}. */
export type RestartReason = (typeof RESTART_REASONS)[number];

/** How a process is. Times are ms on a clock that does not go backwards. */
export type SupervisorState<Facts = unknown> =
  | {
    readonly kind: "starting";
    readonly sinceMs: number;
    /** `null` before its first sign of life. */
    readonly heardMs: number | null;
    readonly failures: number;
  }
  | {
    readonly kind: "ready";
    readonly sinceMs: number;
    readonly heardMs: number;
    readonly failures: number;
    readonly facts: Facts;
  }
  /** There is none; the next one is started at `atMs`. */
  | {
    readonly kind: "restarting";
    readonly atMs: number;
    readonly failures: number;
    readonly reason: RestartReason;
    /** In words. */
    readonly cause: string;
  }
  /** The child said in words why it cannot run; only a person can change that. */
  | { readonly kind: "unable"; readonly message: string }
  | { readonly kind: "stopped" };

/** What can happen to it. Inputs of a child that was killed are not to be passed on. */
export type SupervisorInput<Facts = unknown> =
  & { readonly nowMs: number }
  & (
    | { readonly kind: "ready"; readonly facts: Facts }
    | { readonly kind: "facts"; readonly facts: Facts }
    | { readonly kind: "unable"; readonly message: string }
    | { readonly kind: "heard" }
    /** It ended, or what it says is not readable. */
    | { readonly kind: "ended"; readonly reason: RestartReason; readonly cause: string }
    /** Several times a second. `lateMs`: how much later than it was due. */
    | { readonly kind: "tick"; readonly lateMs: number }
    | { readonly kind: "stop" }
  );

/** The next state and what is to be done. `kill` is harmless when the child has ended already. */
export interface SupervisorStep<Facts = unknown> {
  readonly state: SupervisorState<Facts>;
  readonly action: "start" | "kill" | null;
}

/**
 * starting → ready → restarting → starting …; unable and stopped are ends. Pure.
 * @param limits @default {those of a process of ours}
 */
export function superviseStep<Facts>(
  state: SupervisorState<Facts>,
  input: SupervisorInput<Facts>,
  limits: KeepingLimits = CHILD_LIMITS,
): SupervisorStep<Facts> {
  const stay = { state, action: null };
  if (state.kind === "stopped") return stay;
  if (input.kind === "stop") return { state: { kind: "stopped" }, action: "kill" };
  if (state.kind === "unable") return stay;
  if (state.kind === "restarting") {
    if (input.kind !== "tick" || input.nowMs < state.atMs) return stay;
    const { failures } = state;
    const starting = { kind: "starting", sinceMs: input.nowMs, heardMs: null, failures } as const;
    return { state: starting, action: "start" };
  }
  const { nowMs } = input;
  switch (input.kind) {
    case "ready": {
      const { failures } = state;
      const { facts } = input;
      return {
        state: { kind: "ready", sinceMs: nowMs, heardMs: nowMs, failures, facts },
        action: null,
      };
    }
    case "facts":
      return state.kind === "ready"
        ? { state: { ...state, facts: input.facts }, action: null }
        : stay;
    case "unable":
      return { state: { kind: "unable", message: input.message }, action: "kill" };
    case "heard":
      return { state: { ...state, heardMs: nowMs }, action: null };
    case "ended":
      return restart(state, nowMs, input, limits);
    case "tick":
      return tick(state, nowMs, input.lateMs, limits);
    default:
      return assertNever(input);
  }
}

interface Failure {
  readonly reason: RestartReason;
  readonly cause: string;
}

const NOT_READY: Failure = { reason: "slow-start", cause: "it was not ready in time" };
const SILENT: Failure = { reason: "silent", cause: "it was silent" };

type Living<Facts> = Extract<SupervisorState<Facts>, { failures: number; sinceMs: number }>;

function tick<Facts>(
  state: Living<Facts>,
  nowMs: number,
  lateMs: number,
  limits: KeepingLimits,
): SupervisorStep<Facts> {
  const stay = { state, action: null };
  const { heardMs } = state;
  if (heardMs !== null && lateMs >= LATE_TICK_MS) {
    return { state: { ...state, heardMs: nowMs }, action: null };
  }
  const silentMs = heardMs === null ? 0 : nowMs - heardMs;
  if (state.kind === "starting") {
    const isSlow = nowMs - state.sinceMs >= limits.startMs || silentMs >= limits.startSilenceMs;
    return isSlow ? restart(state, nowMs, NOT_READY, limits) : stay;
  }
  if (silentMs >= limits.silenceMs) return restart(state, nowMs, SILENT, limits);
  if (state.failures > 0 && nowMs - state.sinceMs >= STABLE_MS) {
    return { state: { ...state, failures: 0 }, action: null };
  }
  return stay;
}

function restart<Facts>(
  { failures }: Living<Facts>,
  nowMs: number,
  { reason, cause }: Failure,
  { backoffMs }: KeepingLimits,
): SupervisorStep<Facts> {
  const waitMs = backoffMs[Math.min(failures, backoffMs.length - 1)]!;
  return {
    state: { kind: "restarting", atMs: nowMs + waitMs, failures: failures + 1, reason, cause },
    action: "kill",
  };
}

/** What a person is told about a state of `what`, such as "Detection"; `null` when all is well. */
export function sentenceOf(what: string, state: SupervisorState): string | null {
  switch (state.kind) {
    case "ready":
      return null;
    case "starting":
      return `${what} is starting.`;
    case "restarting":
      return `${what} is restarting (${state.failures} in a row): ${state.cause}.`;
    case "unable":
      return `${what} cannot run: ${state.message}`;
    case "stopped":
      return "The server is shutting down.";
    default:
      return assertNever(state);
  }
}
