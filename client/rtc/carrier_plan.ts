import { assertNever, DATA_CHANNEL_TIMEOUT_MS } from "@/protocol";
import type { FrameCarrierKind } from "../inference/inference_link.ts";

/** One of the two ways. Times are ms on one monotonic clock. */
export type WayState =
  /** Not there. `failures`: tries in a row that came to nothing. */
  | { readonly kind: "off"; readonly retryAtMs: number; readonly failures: number }
  | { readonly kind: "opening"; readonly sinceMs: number; readonly failures: number }
  | { readonly kind: "open" };

/** Both ways. The DataChannel is wanted always, the WebSocket while there is none. */
export type CarrierPlan = Readonly<Record<FrameCarrierKind, WayState>>;

/** What happened. */
export type CarrierInput =
  | { readonly kind: "opened"; readonly carrier: FrameCarrierKind }
  | { readonly kind: "closed"; readonly carrier: FrameCarrierKind }
  | { readonly kind: "tick" };

/** What to do, and when to `tick` next at the latest. */
export interface CarrierStep {
  readonly plan: CarrierPlan;
  readonly actions: readonly {
    readonly kind: "open" | "close";
    readonly carrier: FrameCarrierKind;
  }[];
  readonly wakeInMs: number | null;
}

/** A try that is not through after this long is given up. */
const OPENING_MS: Readonly<Record<FrameCarrierKind, number>> = {
  datachannel: 10_000,
  websocket: 5_000,
};

/** Pauses between tries: the first, doubled up to the longest. */
const RETRY_MS: Readonly<Record<FrameCarrierKind, { first: number; longest: number }>> = {
  // Tried beside a working WebSocket; a network that lets no UDP through seldom changes its mind.
  datachannel: { first: 2_000, longest: 60_000 },
  websocket: { first: 500, longest: 10_000 },
};

const OFF: WayState = { kind: "off", retryAtMs: 0, failures: 0 };

/** Nothing is open yet; the first `tick` opens the DataChannel. */
export const START_CARRIERS: CarrierPlan = { datachannel: OFF, websocket: OFF };

/** The way that frames take; the DataChannel where there are both. */
export function carrierInUse({ datachannel, websocket }: CarrierPlan): FrameCarrierKind | null {
  if (datachannel.kind === "open") return "datachannel";
  return websocket.kind === "open" ? "websocket" : null;
}

/** Decides which ways to open and close. Pure. */
export function stepCarriers(before: CarrierPlan, input: CarrierInput, nowMs: number): CarrierStep {
  const actions: { kind: "open" | "close"; carrier: FrameCarrierKind }[] = [];
  const plan: Record<FrameCarrierKind, WayState> = { ...before };
  switch (input.kind) {
    case "opened":
      plan[input.carrier] = { kind: "open" };
      break;
    case "closed":
      if (plan[input.carrier].kind !== "off") plan[input.carrier] = failed(input.carrier);
      break;
    case "tick":
      break;
    default:
      assertNever(input);
  }
  advance("datachannel");
  if (needsSocket(plan, nowMs)) advance("websocket");
  else if (plan.websocket.kind !== "off") {
    actions.push({ kind: "close", carrier: "websocket" });
    plan.websocket = OFF;
  } else plan.websocket = OFF;
  return { plan, actions, wakeInMs: wakeInMs(plan, nowMs) };

  function failed(carrier: FrameCarrierKind): WayState {
    const state = before[carrier];
    const failures = state.kind === "open" ? 1 : state.failures + 1;
    const { first, longest } = RETRY_MS[carrier];
    const retryAtMs = nowMs + Math.min(longest, first * 2 ** (failures - 1));
    return { kind: "off", retryAtMs, failures };
  }

  function advance(carrier: FrameCarrierKind): void {
    const state = plan[carrier];
    if (state.kind === "opening" && nowMs >= state.sinceMs + OPENING_MS[carrier]) {
      actions.push({ kind: "close", carrier });
      plan[carrier] = failed(carrier);
    } else if (state.kind === "off" && nowMs >= state.retryAtMs) {
      actions.push({ kind: "open", carrier });
      plan[carrier] = { kind: "opening", sinceMs: nowMs, failures: state.failures };
    }
  }
}

/** The first DataChannel gets its time; after a failure nobody waits for another. */
function needsSocket({ datachannel }: CarrierPlan, nowMs: number): boolean {
  if (datachannel.kind === "open") return false;
  if (datachannel.kind === "off") return true;
  return datachannel.failures > 0 || nowMs >= datachannel.sinceMs + DATA_CHANNEL_TIMEOUT_MS;
}

function wakeInMs(plan: CarrierPlan, nowMs: number): number | null {
  const { datachannel } = plan;
  const due = [
    ...dueMs("datachannel", datachannel),
    ...(needsSocket(plan, nowMs) ? dueMs("websocket", plan.websocket) : []),
    ...(datachannel.kind === "opening" && !needsSocket(plan, nowMs)
      ? [datachannel.sinceMs + DATA_CHANNEL_TIMEOUT_MS]
      : []),
  ];
  return due.length === 0 ? null : Math.max(0, Math.min(...due) - nowMs);
}

function dueMs(carrier: FrameCarrierKind, state: WayState): number[] {
  if (state.kind === "open") return [];
  return [state.kind === "off" ? state.retryAtMs : state.sinceMs + OPENING_MS[carrier]];
}
