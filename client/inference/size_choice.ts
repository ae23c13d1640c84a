/** How well the present size keeps up, over the last moments; see {@linkcode stepSize}. */
export interface SizeSample {
  readonly nowMs: number;
  /** How far apart the frames are that are to be processed: the camera's, or fewer if so wished. */
  readonly intervalMs: number;
  /** How long one frame keeps the next from being processed, median; `null`: not measured. */
  readonly costMs: number | null;
  /** Of that, what grows with the size: the model's own run, median; `null`: not measured. */
  readonly runMs: number | null;
}

/** Which of a model's sizes is used. Times are on the clock of the samples. */
export interface SizeState {
  /** 0: the largest. */
  readonly level: number;
  /** Since when the present size has been too slow. */
  readonly lateSinceMs: number | null;
  /** Since when the next larger one would have kept up with ease. */
  readonly calmSinceMs: number | null;
  /** How long that must last. */
  readonly calmMs: number;
  /** When the size was last made larger; `null`: the last change was to a smaller one. */
  readonly raisedAtMs: number | null;
}

/** What a model offers, and what is wanted of it. */
export interface SizeBounds {
  /** Of each level, its share of the largest size's work; falls. */
  readonly shares: readonly number[];
  /** The largest size that may be taken. */
  readonly least: number;
}

/** A size is left when a frame takes longer than this share of the interval … */
const LATE = 1.05;

/** … for so long; one slow second is no trend. */
const LATE_MS = 2_500;

/** A size is taken when a frame is expected to take no more of the interval than this … */
const FITS = 0.8;

/** … for so long before a larger one; after each relapse twice as long, up to a minute. */
const CALM_MS = 5_000;
const MAX_CALM_MS = 60_000;

/** Too slow again within this time after a step up: a relapse. */
const RELAPSE_MS = 20_000;

/** With nothing else going on runs are faster than beside a live video: of the interval, this much. */
const FITS_ALONE = 0.65;

/** How far apart results are to be expected beside a live video, ms. @param runMs Of the run alone. */
export function liveIntervalMs(runMs: number): number {
  return runMs / FITS_ALONE;
}

/** The largest size whose run alone leaves enough of the interval. @param runMs Of the largest, warm. */
export function startSize(
  runMs: number,
  intervalMs: number,
  { shares, least }: SizeBounds,
): SizeState {
  const fits = (share: number) => liveIntervalMs(runMs * share) <= intervalMs;
  const level = shares.findIndex((share, at) => at >= least && fits(share));
  return at(level === -1 ? shares.length - 1 : level);
}

/**
 * Decides the size anew: the largest that keeps up, with hysteresis. Pure; call it about once a second,
 * and with figures of the present size only.
 */
export function stepSize(state: SizeState, sample: SizeSample, bounds: SizeBounds): SizeState {
  const { shares, least } = bounds;
  const { nowMs, intervalMs, costMs } = sample;
  // The profile changed.
  if (state.level < least) return at(least);
  if (costMs === null) return { ...state, lateSinceMs: null, calmSinceMs: null };
  const last = shares.length - 1;
  if (costMs > intervalMs * LATE && state.level < last) {
    const lateSinceMs = state.lateSinceMs ?? nowMs;
    if (nowMs - lateSinceMs < LATE_MS) return { ...state, lateSinceMs, calmSinceMs: null };
    return smaller(state, sample, bounds);
  }
  const steady = { ...state, lateSinceMs: null };
  const isRoomy = state.level > least &&
    costAt(state.level - 1, state, sample, bounds) <= intervalMs * FITS;
  if (!isRoomy) return { ...steady, calmSinceMs: null };
  const calmSinceMs = state.calmSinceMs ?? nowMs;
  if (nowMs - calmSinceMs < state.calmMs) return { ...steady, calmSinceMs };
  return { ...at(state.level - 1), calmMs: state.calmMs, raisedAtMs: nowMs };
}

function smaller(state: SizeState, sample: SizeSample, bounds: SizeBounds): SizeState {
  const { nowMs, intervalMs } = sample;
  const last = bounds.shares.length - 1;
  let level = state.level + 1;
  while (level < last && costAt(level, state, sample, bounds) > intervalMs * FITS) level += 1;
  const isRelapse = state.raisedAtMs !== null && nowMs - state.raisedAtMs < RELAPSE_MS;
  return { ...at(level), calmMs: isRelapse ? Math.min(MAX_CALM_MS, state.calmMs * 2) : CALM_MS };
}

/** What a frame would cost at another level: the run by its share, the rest as it is. */
function costAt(
  level: number,
  state: SizeState,
  { costMs, runMs }: SizeSample,
  { shares }: SizeBounds,
): number {
  return costMs! + (runMs ?? 0) * (shares[level]! / shares[state.level]! - 1);
}

function at(level: number): SizeState {
  return { level, lateSinceMs: null, calmSinceMs: null, calmMs: CALM_MS, raisedAtMs: null };
}
