import { assertNever, DATA_CHANNEL_TIMEOUT_MS } from "@/protocol";
import { backoffMs, type Pauses } from "../link/backoff.ts";

/** The two ways: two DataChannels, and the stream's topic on the bulk link. */
export type WayKind = "datachannel" | "link";

/** How one of them stands. Times are ms on one monotonic clock. */
export type WayState =
  /** Not there. `failures`: tries in a row that came to nothing. */
  | { readonly kind: "off"; readonly retryAtMs: number; readonly failures: number }
  | { readonly kind: "opening"; readonly sinceMs: number; readonly failures: number }
  | { readonly kind: "open" };

/** Both ways. The DataChannel is wanted always, the link while there is none. */
export type WayPlan = Readonly<Record<WayKind, WayState>>;

/** What happened. */
export type WayInput =
  | { readonly kind: "opened"; readonly way: WayKind }
  | { readonly kind: "closed"; readonly way: WayKind }
  | { readonly kind: "tick" };

/** What to do, and when to `tick` next at the latest. */
export interface WayStep {
  readonly plan: WayPlan;
  readonly actions: readonly {
    readonly kind: "open" | "close";
    readonly way: WayKind;
  }[];
  readonly wakeInMs: number | null;
}

/** A try that is not through after this long is given up. */
const OPENING_MS: Readonly<Record<WayKind, number>> = {
  datachannel: 10_000,
  // A ticket, and one transport after the other.
  link: 10_000,
};

/** Pauses between tries: the first, doubled up to the longest. */
const RETRY_MS: Readonly<Record<WayKind, Pauses>> = {
  // Tried beside a working link; a network that lets no UDP through seldom changes its mind.
  datachannel: { first: 2_000, longest: 60_000 },
  link: { first: 500, longest: 10_000 },
};

const OFF = { kind: "off", retryAtMs: 0, failures: 0 } as const;

/** Nothing is open yet; the first `tick` opens the DataChannel. */
export const START_WAYS: WayPlan = { datachannel: OFF, link: OFF };

/** The same where DataChannels are of no use: the server has the frames itself. */
export const START_LINK_ONLY: WayPlan = {
  datachannel: { ...OFF, retryAtMs: Infinity },
  link: OFF,
};

/** The way that frames take; the DataChannel where there are both. */
export function wayInUse({ datachannel, link }: WayPlan): WayKind | null {
  if (datachannel.kind === "open") return "datachannel";
  return link.kind === "open" ? "link" : null;
}

/** Decides which ways to open and close. Pure. */
export function stepWays(before: WayPlan, input: WayInput, nowMs: number): WayStep {
  const actions: { kind: "open" | "close"; way: WayKind }[] = [];
  const plan: Record<WayKind, WayState> = { ...before };
  switch (input.kind) {
    case "opened":
      plan[input.way] = { kind: "open" };
      break;
    case "closed":
      if (plan[input.way].kind !== "off") plan[input.way] = failed(input.way);
      break;
    case "tick":
      break;
    default:
      assertNever(input);
  }
  advance("datachannel");
  if (needsLink(plan, nowMs)) advance("link");
  else if (plan.link.kind !== "off") {
    actions.push({ kind: "close", way: "link" });
    plan.link = OFF;
  } else plan.link = OFF;
  return { plan, actions, wakeInMs: wakeInMs(plan, nowMs) };

  function failed(way: WayKind): WayState {
    const state = before[way];
    const failures = state.kind === "open" ? 1 : state.failures + 1;
    const retryAtMs = nowMs + backoffMs(RETRY_MS[way], failures - 1);
    return { kind: "off", retryAtMs, failures };
  }

  function advance(way: WayKind): void {
    const state = plan[way];
    if (state.kind === "opening" && nowMs >= state.sinceMs + OPENING_MS[way]) {
      actions.push({ kind: "close", way });
      plan[way] = failed(way);
    } else if (state.kind === "off" && nowMs >= state.retryAtMs) {
      actions.push({ kind: "open", way });
      plan[way] = { kind: "opening", sinceMs: nowMs, failures: state.failures };
    }
  }
}

/** The first DataChannel gets its time; after a failure nobody waits for another. */
function needsLink({ datachannel }: WayPlan, nowMs: number): boolean {
  if (datachannel.kind === "open") return false;
  if (datachannel.kind === "off") return true;
  return datachannel.failures > 0 || nowMs >= datachannel.sinceMs + DATA_CHANNEL_TIMEOUT_MS;
}

function wakeInMs(plan: WayPlan, nowMs: number): number | null {
  const { datachannel } = plan;
  const due = [
    ...dueMs("datachannel", datachannel),
    ...(needsLink(plan, nowMs) ? dueMs("link", plan.link) : []),
    ...(datachannel.kind === "opening" && !needsLink(plan, nowMs)
      ? [datachannel.sinceMs + DATA_CHANNEL_TIMEOUT_MS]
      : []),
  ];
  const nextMs = Math.min(...due);
  return Number.isFinite(nextMs) ? Math.max(0, nextMs - nowMs) : null;
}

function dueMs(way: WayKind, state: WayState): number[] {
  if (state.kind === "open") return [];
  return [state.kind === "off" ? state.retryAtMs : state.sinceMs + OPENING_MS[way]];
}
