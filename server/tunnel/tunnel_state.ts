import { assertNever } from "@/protocol";
import type { UrlAnswer } from "./url_check.ts";

/** A program that has named no address by then will not: it waits for its service. */
export const ADDRESS_TIMEOUT_MS = 30_000;

/** A new name is not known everywhere at once. */
export const CHECK_TIMEOUT_MS = 60_000;

/** For so long a service may show pages of its own at an address that is to be ours. */
export const OTHER_TIMEOUT_MS = 10_000;

/** Waiting before a restart, by the number of failures in a row. */
export const BACKOFF_MS = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000] as const;

/** A tunnel that was up for this long has put the failures before it behind. */
export const STABLE_MS = 60_000;

/** So many answers in a row that are not ours: the program lives, but its tunnel does not. */
export const MAX_MISSED = 5;

interface Running {
  readonly sinceMs: number;
  readonly failures: number;
  /** Whether people may have this server's public address from an earlier run. */
  readonly wasUp: boolean;
}

/** How the tunnel is. Times are ms on a clock that does not go backwards. */
export type TunnelState =
  /** The program runs and has named no address yet. */
  | { readonly kind: "starting" } & Running
  /** `otherMs`: since when something else answers there; `null`: nothing does. */
  | {
    readonly kind: "checking";
    readonly origin: string;
    readonly otherMs: number | null;
    readonly seen: string;
  } & Running
  /** `missed`: answers in a row that were not ours. */
  | { readonly kind: "up"; readonly origin: string; readonly missed: number } & Running
  | {
    readonly kind: "restarting";
    readonly atMs: number;
    readonly failures: number;
    readonly cause: string;
  }
  /** It was never up: a person has to do something. */
  | { readonly kind: "failed"; readonly cause: string }
  | { readonly kind: "stopped" };

/** What can happen to it. Inputs of a program that was ended are not to be passed on. */
export type TunnelInput =
  & { readonly nowMs: number }
  & (
    | { readonly kind: "address"; readonly origin: string }
    | { readonly kind: "answer"; readonly origin: string; readonly answer: UrlAnswer }
    /** It ended, or could not be started. */
    | { readonly kind: "ended"; readonly cause: string }
    | { readonly kind: "tick" }
    | { readonly kind: "stop" }
  );

/** The next state and what is to be done. `end` is harmless when the program has ended already. */
export interface TunnelStep {
  readonly state: TunnelState;
  readonly action: "start" | "end" | null;
}

/** The state in which the program is started for the first time. */
export function startState(nowMs: number): TunnelState {
  return { kind: "starting", sinceMs: nowMs, failures: 0, wasUp: false };
}

/**
 * starting → checking → up; from each of them to restarting, or to failed when it was never up.
 * Pure.
 */
export function tunnelStep(state: TunnelState, input: TunnelInput): TunnelStep {
  const stay = { state, action: null };
  if (state.kind === "stopped") return stay;
  if (input.kind === "stop") return { state: { kind: "stopped" }, action: "end" };
  if (state.kind === "failed") return stay;
  const { nowMs } = input;
  if (state.kind === "restarting") {
    if (input.kind !== "tick" || nowMs < state.atMs) return stay;
    const { failures } = state;
    return { state: { kind: "starting", sinceMs: nowMs, failures, wasUp: true }, action: "start" };
  }
  switch (input.kind) {
    case "address": {
      const { origin } = input;
      if (state.kind !== "starting" && state.origin === origin) return stay;
      const { failures, wasUp } = state;
      const seen = "it was not asked yet";
      return {
        state: { kind: "checking", sinceMs: nowMs, origin, otherMs: null, seen, failures, wasUp },
        action: null,
      };
    }
    case "answer":
      return answered(state, input);
    case "ended":
      return giveUp(state, nowMs, input.cause);
    case "tick":
      return tick(state, nowMs);
    default:
      return assertNever(input);
  }
}

type Living = Extract<TunnelState, Running>;

function answered(
  state: Living,
  { origin, answer, nowMs }: Extract<TunnelInput, { kind: "answer" }>,
): TunnelStep {
  // A late word about an address that is not the one any more.
  if (state.kind === "starting" || state.origin !== origin) return { state, action: null };
  if (state.kind === "up") {
    if (answer.kind === "ours") return { state: { ...state, missed: 0 }, action: null };
    const missed = state.missed + 1;
    return missed < MAX_MISSED
      ? { state: { ...state, missed }, action: null }
      : giveUp(state, nowMs, `its address leads here no more (${answer.what})`);
  }
  if (answer.kind === "ours") {
    const { failures } = state;
    return {
      state: { kind: "up", origin, missed: 0, sinceMs: nowMs, failures, wasUp: true },
      action: null,
    };
  }
  const otherMs = answer.kind === "other" ? state.otherMs ?? nowMs : null;
  return { state: { ...state, otherMs, seen: answer.what }, action: null };
}

function tick(state: Living, nowMs: number): TunnelStep {
  const stay = { state, action: null };
  const ranMs = nowMs - state.sinceMs;
  switch (state.kind) {
    case "starting":
      return ranMs < ADDRESS_TIMEOUT_MS
        ? stay
        : giveUp(state, nowMs, "it named no public address in time");
    case "checking": {
      const { otherMs, seen } = state;
      if (otherMs !== null && nowMs - otherMs >= OTHER_TIMEOUT_MS) {
        return giveUp(state, nowMs, `its address leads to something else (${seen})`);
      }
      return ranMs < CHECK_TIMEOUT_MS
        ? stay
        : giveUp(state, nowMs, `its address does not lead here (${seen})`);
    }
    case "up":
      if (state.failures === 0 || ranMs < STABLE_MS) return stay;
      return { state: { ...state, failures: 0 }, action: null };
    default:
      return assertNever(state);
  }
}

function giveUp({ failures, wasUp }: Living, nowMs: number, cause: string): TunnelStep {
  if (!wasUp) return { state: { kind: "failed", cause }, action: "end" };
  const waitMs = BACKOFF_MS[Math.min(failures, BACKOFF_MS.length - 1)]!;
  return {
    state: { kind: "restarting", atMs: nowMs + waitMs, failures: failures + 1, cause },
    action: "end",
  };
}
