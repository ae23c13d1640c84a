/** How much of the work is done, from all of it to none. Levels are only ever left one by one. */
export const LOAD_LEVELS = ["full", "reduced", "latest-only", "paused"] as const;
/** See {@linkcode LOAD_LEVELS}. */
export type LoadLevel = (typeof LOAD_LEVELS)[number];

/** What was measured over the last moments; `null`: nothing was. */
export interface LoadSample {
  readonly nowMs: number;
  /** How old frames are when their detections are there, median, ms. */
  readonly ageMs: number | null;
  /** How many frames a second could be processed at the present cost of one. */
  readonly rateFps: number | null;
}

/** What made the level worse. */
export type LoadReason =
  | { readonly kind: "age"; readonly ageMs: number }
  | { readonly kind: "rate"; readonly rateFps: number };

/** See {@linkcode stepLoad}. Times are on the clock of the samples. */
export interface LoadState {
  readonly level: LoadLevel;
  readonly sinceMs: number;
  /** Why the level is not `full`. */
  readonly reason: LoadReason | null;
  /** Since when a worse level would be right. */
  readonly worseSinceMs: number | null;
  /** Since when a better level would be right. */
  readonly calmSinceMs: number | null;
  /** How long it must be calm before the next step up. */
  readonly calmMs: number;
  /** When the level was last made better; `null` when the last step was down. */
  readonly liftedAtMs: number | null;
}

/** A level is taken when frames are older, or come more slowly, than this. */
const ENTER: Readonly<Record<Exclude<LoadLevel, "full">, { ageMs: number; rateFps: number }>> = {
  reduced: { ageMs: 300, rateFps: 8 },
  "latest-only": { ageMs: 800, rateFps: 2.5 },
  paused: { ageMs: 2500, rateFps: 0.7 },
};

/** It is left when they are this much better than that. */
const LEAVE = { age: 0.6, rate: 1.5 } as const;

/** Bad figures must last: a garbage collection or one lost packet is no load. */
const WORSE_MS = 2_500;

/** Good figures must last longer, and after each relapse twice as long, up to a minute. */
const CALM_MS = 4_000;
const MAX_CALM_MS = 60_000;

/** Worse again within this time after a step up: a relapse. */
const RELAPSE_MS = 20_000;

/** Nothing is measured while paused; so it is tried again after this long, then twice as long. */
const PAUSE_MS = 3_000;

/** Begins with all of the work. */
export function startLoad(nowMs: number): LoadState {
  return {
    level: "full",
    sinceMs: nowMs,
    reason: null,
    worseSinceMs: null,
    calmSinceMs: null,
    calmMs: CALM_MS,
    liftedAtMs: null,
  };
}

/** Decides the level from what was measured. Pure; call it about once a second. */
export function stepLoad(state: LoadState, sample: LoadSample): LoadState {
  const { nowMs } = sample;
  const index = LOAD_LEVELS.indexOf(state.level);
  if (state.level === "paused") {
    const pauseMs = PAUSE_MS * (state.calmMs / CALM_MS);
    return nowMs - state.sinceMs < pauseMs ? state : up(state, index, nowMs);
  }
  // No news is no reason for anything: the camera may be paused.
  if (sample.ageMs === null && sample.rateFps === null) return { ...state, calmSinceMs: null };

  const next = LOAD_LEVELS[index + 1];
  const reason = next === undefined || next === "full" ? null : reasonFor(ENTER[next], sample);
  if (reason !== null) {
    const worseSinceMs = state.worseSinceMs ?? nowMs;
    if (nowMs - worseSinceMs < WORSE_MS) return { ...state, worseSinceMs, calmSinceMs: null };
    return down(state, { level: next!, reason, nowMs });
  }
  const steady = { ...state, worseSinceMs: null };
  if (state.level === "full" || !isCalm(ENTER[state.level], sample)) {
    return { ...steady, calmSinceMs: null };
  }
  const calmSinceMs = state.calmSinceMs ?? nowMs;
  if (nowMs - calmSinceMs < state.calmMs) return { ...steady, calmSinceMs };
  return up(state, index, nowMs);
}

function down(
  { calmMs, liftedAtMs }: LoadState,
  { level, reason, nowMs }: { level: LoadLevel; reason: LoadReason; nowMs: number },
): LoadState {
  const isRelapse = liftedAtMs !== null && nowMs - liftedAtMs < RELAPSE_MS;
  return {
    ...startLoad(nowMs),
    level,
    reason,
    calmMs: isRelapse ? Math.min(MAX_CALM_MS, calmMs * 2) : CALM_MS,
  };
}

function up(state: LoadState, index: number, nowMs: number): LoadState {
  const level = LOAD_LEVELS[index - 1]!;
  return {
    ...startLoad(nowMs),
    level,
    reason: level === "full" ? null : state.reason,
    calmMs: state.calmMs,
    liftedAtMs: nowMs,
  };
}

function reasonFor(
  limit: { ageMs: number; rateFps: number },
  { ageMs, rateFps }: LoadSample,
): LoadReason | null {
  if (ageMs !== null && ageMs > limit.ageMs) return { kind: "age", ageMs };
  if (rateFps !== null && rateFps < limit.rateFps) return { kind: "rate", rateFps };
  return null;
}

function isCalm(
  limit: { ageMs: number; rateFps: number },
  { ageMs, rateFps }: LoadSample,
): boolean {
  return (ageMs === null || ageMs < limit.ageMs * LEAVE.age) &&
    (rateFps === null || rateFps > limit.rateFps * LEAVE.rate);
}
