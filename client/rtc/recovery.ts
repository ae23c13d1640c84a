import { assertNever } from "@/protocol";

/** A lost path often comes back by itself within this time (Wi-Fi roaming). */
export const UNSTEADY_MS = 2_000;

/** The side that does not lead waits longer, so that usually only one of the two restarts. */
export const FOLLOWER_UNSTEADY_MS = 5_000;

/** An ICE restart that has not connected after this long is not going to. */
export const RESTART_MS = 10_000;

/** The first connection gets this long, each further one as much again, up to three times. */
export const CONNECT_MS = 10_000;

/** A connection that fails sooner is not replaced before: two devices must not race in circles. */
export const MIN_CONNECT_MS = 3_000;

/**
 * idle → connecting → connected → unsteady → restarting → connecting (anew) …; `connected` can be
 * reached from all but `idle`. Times are ms of the page's `performance` clock.
 */
export type RecoveryState =
  /** No RTCPeerConnection yet. */
  | { readonly kind: "idle" }
  /** A fresh one. `tries`: how many came before it. `lostAtMs`: when media stopped, if it flowed. */
  | {
    readonly kind: "connecting";
    readonly sinceMs: number;
    readonly tries: number;
    readonly lostAtMs: number | null;
  }
  | { readonly kind: "connected"; readonly sinceMs: number }
  /** Nothing arrives; it may come back by itself. */
  | { readonly kind: "unsteady"; readonly sinceMs: number }
  /** An ICE restart is under way. */
  | { readonly kind: "restarting"; readonly sinceMs: number; readonly lostAtMs: number };

/** What happened. */
export type RecoveryInput =
  /** A first connection was made. */
  | { readonly kind: "opened" }
  /** The connection reports a new `connectionState`. */
  | { readonly kind: "transport"; readonly state: RTCPeerConnectionState }
  /** This device may have another network path now. */
  | { readonly kind: "network-change" }
  /** The other side can be reached over signalling (again). */
  | { readonly kind: "reachable" }
  /** Time passed. */
  | { readonly kind: "tick" };

/** What holds while it happens. */
export interface RecoveryContext {
  readonly nowMs: number;
  /** Whether an offer would reach the other side now. */
  readonly reachable: boolean;
  /** Whether this side makes fresh connections: the phone does, the viewer follows its offers. */
  readonly leads: boolean;
}

/** What to do, and when to `tick` next at the latest. */
export interface RecoveryStep {
  readonly state: RecoveryState;
  readonly action: "none" | "restart-ice" | "rebuild";
  readonly wakeInMs: number | null;
}

/** Decides how a connection between two pages is kept up. Pure. */
export function recoveryStep(
  state: RecoveryState,
  input: RecoveryInput,
  context: RecoveryContext,
): RecoveryStep {
  const { nowMs } = context;
  switch (input.kind) {
    case "opened":
      return rest({ kind: "connecting", sinceMs: nowMs, tries: 0, lostAtMs: null }, context);
    case "transport":
      return transport(state, input.state, context);
    case "network-change":
      if (state.kind === "unsteady") return restart(state, context);
      // The old path may still work: a restart adds the new one without giving that up.
      if (state.kind === "connected" && context.reachable) {
        return { ...rest(state, context), action: "restart-ice" };
      }
      return rest(state, context);
    case "reachable":
      if (state.kind === "unsteady" || state.kind === "restarting") return restart(state, context);
      // What was said before may be lost: the present try begins now.
      if (state.kind === "connecting") return rest({ ...state, sinceMs: nowMs }, context);
      return rest(state, context);
    case "tick":
      return overdue(state, context) ? act(state, context) : rest(state, context);
    default:
      return assertNever(input);
  }
}

function transport(
  state: RecoveryState,
  transportState: RTCPeerConnectionState,
  context: RecoveryContext,
): RecoveryStep {
  const { nowMs } = context;
  if (state.kind === "idle") return rest(state, context);
  switch (transportState) {
    case "connected":
      return rest(
        state.kind === "connected" ? state : { kind: "connected", sinceMs: nowMs },
        context,
      );
    case "disconnected":
      return rest(
        state.kind === "connected" ? { kind: "unsteady", sinceMs: nowMs } : state,
        context,
      );
    case "failed":
    case "closed":
      if (state.kind === "connected") return restart({ kind: "unsteady", sinceMs: nowMs }, context);
      if (state.kind === "unsteady") return restart(state, context);
      return nowMs - state.sinceMs >= MIN_CONNECT_MS ? act(state, context) : rest(state, context);
    case "new":
    case "connecting":
      return rest(state, context);
    default:
      return assertNever(transportState);
  }
}

/** The next stronger measure. */
function act(state: RecoveryState, context: RecoveryContext): RecoveryStep {
  if (!context.reachable) return rest(state, context);
  if (state.kind === "unsteady") return restart(state, context);
  if (state.kind !== "connecting" && state.kind !== "restarting") return rest(state, context);
  if (!context.leads) {
    // A follower cannot make the other side build anew; offering once more is all it can do.
    return state.kind === "restarting" ? restart(state, context) : rest(state, context);
  }
  const tries = state.kind === "connecting" ? state.tries + 1 : 1;
  const { nowMs } = context;
  const next = { kind: "connecting", sinceMs: nowMs, tries, lostAtMs: state.lostAtMs } as const;
  return { ...rest(next, context), action: "rebuild" };
}

function restart(
  state: Extract<RecoveryState, { kind: "unsteady" | "restarting" }>,
  context: RecoveryContext,
): RecoveryStep {
  if (!context.reachable) return rest(state, context);
  const lostAtMs = state.kind === "unsteady" ? state.sinceMs : state.lostAtMs;
  const next = { kind: "restarting", sinceMs: context.nowMs, lostAtMs } as const;
  return { ...rest(next, context), action: "restart-ice" };
}

function rest(state: RecoveryState, context: RecoveryContext): RecoveryStep {
  const dueMs = deadlineMs(state, context);
  const wakeInMs = dueMs === null ? null : Math.max(0, dueMs - context.nowMs);
  return { state, action: "none", wakeInMs };
}

function overdue(state: RecoveryState, context: RecoveryContext): boolean {
  const dueMs = deadlineMs(state, context);
  return dueMs !== null && context.nowMs >= dueMs;
}

/** When patience with this state ends; `null`: only an event can change it. */
function deadlineMs(state: RecoveryState, context: RecoveryContext): number | null {
  if (!context.reachable) return null;
  switch (state.kind) {
    case "idle":
    case "connected":
      return null;
    case "connecting":
      return context.leads ? state.sinceMs + CONNECT_MS * Math.min(1 + state.tries, 3) : null;
    case "unsteady":
      return state.sinceMs + (context.leads ? UNSTEADY_MS : FOLLOWER_UNSTEADY_MS);
    case "restarting":
      return state.sinceMs + RESTART_MS;
    default:
      return assertNever(state);
  }
}
