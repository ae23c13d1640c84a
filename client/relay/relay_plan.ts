import { assertNever, RELAY_AFTER_MS, type RelayEndCause } from "@/protocol";
import { backoffMs, type Pauses } from "../link/backoff.ts";
import type { ConnectionState } from "../rtc/remote_peer.ts";

/**
 * How a viewer gets one phone's pictures where there is no path to it. Times are ms of the page's
 * `performance` clock.
 *
 * direct → waiting → (asking → declined, or) wanted ⇄ resting; `direct` again whenever there is a
 * connection. `isDeclined`: the person has said no, and is not asked again because the connection
 * came and went.
 */
export type RelayPlan =
  /** Connected, or nothing to connect. */
  | { readonly kind: "direct"; readonly isDeclined: boolean }
  /** No path yet, or no more. */
  | { readonly kind: "waiting"; readonly sinceMs: number; readonly isDeclined: boolean }
  /** The person is asked whether pictures may go through the server; `isDeclined`: anew, after a no. */
  | { readonly kind: "asking"; readonly isDeclined: boolean }
  /** They may not. */
  | { readonly kind: "declined" }
  /** The server was asked for them. `failures`: tries in a row before that came to nothing. */
  | { readonly kind: "wanted"; readonly failures: number }
  /** Not now; tried again by itself. `null` as cause: the server could not be asked. */
  | {
    readonly kind: "resting";
    readonly cause: RelayEndCause | null;
    readonly untilMs: number;
    readonly failures: number;
  };

/** What happened. */
export type RelayInput =
  | { readonly kind: "connection"; readonly state: ConnectionState }
  /** The person's answer, which holds for all phones. */
  | { readonly kind: "answered"; readonly yes: boolean }
  /** The person wants to be asked again. */
  | { readonly kind: "invited" }
  /** Pictures come. */
  | { readonly kind: "opened" }
  /** The server could not be asked. */
  | { readonly kind: "lost" }
  | { readonly kind: "ended"; readonly cause: RelayEndCause }
  | { readonly kind: "tick" };

/** What holds while it happens. */
export interface RelayContext {
  readonly nowMs: number;
  /** The person of this browser has agreed before. */
  readonly hasConsent: boolean;
  /** Whether the server can be asked now. */
  readonly isJoined: boolean;
}

/** What to do, and when to `tick` next at the latest. */
export interface RelayStep {
  readonly plan: RelayPlan;
  readonly action: "none" | "ask" | "open" | "close";
  readonly wakeInMs: number | null;
}

/** A server that cannot be asked now is looked at again after this long. */
const AWAY_MS = 1_000;

/** Pauses before the server is asked anew: the first, doubled up to the longest. */
const REST_MS: Readonly<Record<RelayEndCause | "lost", Pauses>> = {
  lost: { first: 250, longest: 5_000 },
  closed: { first: 500, longest: 10_000 },
  gone: { first: 1_000, longest: 10_000 },
  // A person's answer: not to be pestered about, but they may change their mind.
  refused: { first: 10_000, longest: 10_000 },
  // The same page will not get any better.
  failed: { first: 10_000, longest: 60_000 },
  "too-many": { first: 10_000, longest: 30_000 },
  unavailable: { first: 60_000, longest: 60_000 },
};

/** Nothing is known yet. */
export const START_RELAY: RelayPlan = { kind: "direct", isDeclined: false };

/** Decides when pictures are to come through the server. Pure. */
export function stepRelay(plan: RelayPlan, input: RelayInput, context: RelayContext): RelayStep {
  switch (input.kind) {
    case "connection":
      return connectionStep(plan, input.state, context);
    case "answered":
      return answeredStep(plan, input.yes, context);
    case "invited":
      if (plan.kind !== "declined") return rest(plan, context);
      return { ...rest({ kind: "asking", isDeclined: true }, context), action: "ask" };
    case "opened":
      return rest(plan.kind === "wanted" ? { kind: "wanted", failures: 0 } : plan, context);
    case "lost":
      return plan.kind === "wanted" ? pause(plan.failures, null, context) : rest(plan, context);
    case "ended":
      if (plan.kind !== "wanted" && plan.kind !== "resting") return rest(plan, context);
      return pause(plan.failures, input.cause, context);
    case "tick":
      return due(plan, context);
    default:
      return assertNever(input);
  }
}

function answeredStep(plan: RelayPlan, yes: boolean, context: RelayContext): RelayStep {
  switch (plan.kind) {
    case "direct":
    case "waiting":
      return rest(plan, context);
    case "asking":
    case "declined":
      return yes ? want(0, context) : rest({ kind: "declined" }, context);
    case "wanted":
    case "resting":
      return yes
        ? rest(plan, context)
        : { ...rest({ kind: "declined" }, context), action: "close" };
    default:
      return assertNever(plan);
  }
}

function connectionStep(plan: RelayPlan, state: ConnectionState, context: RelayContext): RelayStep {
  switch (state.kind) {
    case "connecting":
    case "recovering": {
      if (plan.kind !== "direct") return rest(plan, context);
      // What was lost may have been lost a while before it was noticed.
      const sinceMs = state.kind === "recovering" ? state.sinceMs : context.nowMs;
      return due({ kind: "waiting", sinceMs, isDeclined: plan.isDeclined }, context);
    }
    case "impossible": {
      if (plan.kind !== "direct") return rest(plan, context);
      // No time makes a path: there is nothing to wait for.
      const sinceMs = context.nowMs - RELAY_AFTER_MS;
      return due({ kind: "waiting", sinceMs, isDeclined: plan.isDeclined }, context);
    }
    case "connected":
    case "waiting":
    case "closed": {
      const isOpen = plan.kind === "wanted" || plan.kind === "resting";
      const isDeclined = state.kind !== "closed" && saidNo(plan);
      return {
        ...rest({ kind: "direct", isDeclined }, context),
        action: isOpen ? "close" : "none",
      };
    }
    default:
      return assertNever(state);
  }
}

function saidNo(plan: RelayPlan): boolean {
  return plan.kind === "declined" || "isDeclined" in plan && plan.isDeclined;
}

function due(plan: RelayPlan, context: RelayContext): RelayStep {
  const { nowMs, isJoined, hasConsent } = context;
  if (plan.kind === "waiting" && nowMs >= plan.sinceMs + RELAY_AFTER_MS) {
    if (!isJoined) return { plan, action: "none", wakeInMs: AWAY_MS };
    // The last word counts, whatever was agreed to before it.
    if (plan.isDeclined) return rest({ kind: "declined" }, context);
    if (hasConsent) return want(0, context);
    return { ...rest({ kind: "asking", isDeclined: false }, context), action: "ask" };
  }
  if (plan.kind === "resting" && nowMs >= plan.untilMs) {
    if (!isJoined) return { plan, action: "none", wakeInMs: AWAY_MS };
    return want(plan.failures, context);
  }
  return rest(plan, context);
}

function want(failures: number, context: RelayContext): RelayStep {
  return { ...rest({ kind: "wanted", failures }, context), action: "open" };
}

function pause(failures: number, cause: RelayEndCause | null, context: RelayContext): RelayStep {
  const untilMs = context.nowMs + backoffMs(REST_MS[cause ?? "lost"], failures);
  return rest({ kind: "resting", cause, untilMs, failures: Math.min(failures + 1, 10) }, context);
}

function rest(plan: RelayPlan, { nowMs }: RelayContext): RelayStep {
  const dueMs = plan.kind === "waiting"
    ? plan.sinceMs + RELAY_AFTER_MS
    : plan.kind === "resting"
    ? plan.untilMs
    : null;
  return { plan, action: "none", wakeInMs: dueMs === null ? null : Math.max(0, dueMs - nowMs) };
}
