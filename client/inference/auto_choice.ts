import type { Side } from "./detector.ts";

/**
 * What each side would cost: expected time from a frame to its detections, ms. `null`: not
 * measured. `failed`: it cannot be had now.
 */
export interface AutoFigures {
  readonly local: number | null | "failed";
  readonly server: number | null | "failed";
}

/** What is in use, and since when the other looks better. Times are on one monotonic clock. */
export interface AutoState {
  readonly side: Side;
  readonly otherBetterSinceMs: number | null;
}

/** The other side must be better by this share of the present one's time … */
export const AUTO_MARGIN = 0.15;

/** … for this long, so that noise alone never causes a change. */
export const AUTO_HOLD_MS = 3_000;

/** Begins in the browser: frames leave it only for a measured gain. */
export const START_AUTO: AutoState = { side: "local", otherBetterSinceMs: null };

/** Decides where to infer. What was not measured is never chosen. Pure. */
export function stepAuto(state: AutoState, figures: AutoFigures, nowMs: number): AutoState {
  const { side } = state;
  const other = side === "local" ? "server" : "local";
  const mine = figures[side];
  const others = figures[other];
  if (mine === "failed" && typeof others === "number") return changeTo(other);
  // A failed server leaves the browser, whether or not that was measured: it needs nobody.
  if (side === "server" && mine === "failed") return changeTo("local");
  if (typeof mine !== "number" || typeof others !== "number" || others > mine * (1 - AUTO_MARGIN)) {
    return { side, otherBetterSinceMs: null };
  }
  const sinceMs = state.otherBetterSinceMs ?? nowMs;
  if (nowMs - sinceMs >= AUTO_HOLD_MS) return changeTo(other);
  return { side, otherBetterSinceMs: sinceMs };
}

function changeTo(side: Side): AutoState {
  return { side, otherBetterSinceMs: null };
}
