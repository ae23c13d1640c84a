import { assertNever, DATA_CHANNEL_TIMEOUT_MS } from "@/protocol";
import { backoffMs, type Pauses } from "../link/backoff.ts";

/** The DataChannels of a stream, which are always wanted. Times are ms on one monotonic clock. */
export type ChannelPlan =
  /** Not there. `failures`: tries in a row that came to nothing. */
  | { readonly kind: "off"; readonly retryAtMs: number; readonly failures: number }
  | { readonly kind: "opening"; readonly sinceMs: number; readonly failures: number }
  | { readonly kind: "open" };

/** What to do, and when to `tick` next at the latest. */
export interface ChannelStep {
  readonly plan: ChannelPlan;
  readonly action: "none" | "open" | "close";
  /** Whether frames are to go over the bulk link meanwhile. */
  readonly needsLink: boolean;
  readonly wakeInMs: number | null;
}

/** A try that is not through after this long is given up. */
const OPENING_MS = 10_000;

/** Tried beside a working link: a network that lets no UDP through seldom changes its mind. */
const RETRY_MS: Pauses = { first: 2_000, longest: 60_000 };

/** The first `tick` opens them. */
export const START_CHANNELS: ChannelPlan = { kind: "off", retryAtMs: 0, failures: 0 };

/** Decides when to try DataChannels, and when frames need the bulk link. Pure. */
export function stepChannels(
  before: ChannelPlan,
  input: "opened" | "closed" | "tick",
  nowMs: number,
): ChannelStep {
  switch (input) {
    case "opened":
      return rest({ kind: "open" }, nowMs);
    case "closed":
      return before.kind === "off" ? rest(before, nowMs) : rest(failed(before, nowMs), nowMs);
    case "tick":
      if (before.kind === "opening" && nowMs >= before.sinceMs + OPENING_MS) {
        return { ...rest(failed(before, nowMs), nowMs), action: "close" };
      }
      if (before.kind !== "off" || nowMs < before.retryAtMs) return rest(before, nowMs);
      return {
        ...rest({ kind: "opening", sinceMs: nowMs, failures: before.failures }, nowMs),
        action: "open",
      };
    default:
      return assertNever(input);
  }
}

function failed(before: Exclude<ChannelPlan, { kind: "off" }>, nowMs: number): ChannelPlan {
  const failures = before.kind === "open" ? 1 : before.failures + 1;
  return { kind: "off", retryAtMs: nowMs + backoffMs(RETRY_MS, failures - 1), failures };
}

function rest(plan: ChannelPlan, nowMs: number): ChannelStep {
  const dueMs = dueOf(plan, nowMs);
  const wakeInMs = dueMs === null ? null : Math.max(0, dueMs - nowMs);
  return { plan, action: "none", needsLink: needsLink(plan, nowMs), wakeInMs };
}

/** The first DataChannels get their time; after a failure nobody waits for others. */
function needsLink(plan: ChannelPlan, nowMs: number): boolean {
  if (plan.kind === "open") return false;
  if (plan.kind === "off") return true;
  return plan.failures > 0 || nowMs >= plan.sinceMs + DATA_CHANNEL_TIMEOUT_MS;
}

function dueOf(plan: ChannelPlan, nowMs: number): number | null {
  if (plan.kind === "open") return null;
  if (plan.kind === "off") return plan.retryAtMs;
  return plan.sinceMs + (needsLink(plan, nowMs) ? OPENING_MS : DATA_CHANNEL_TIMEOUT_MS);
}
