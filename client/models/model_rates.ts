import { inputSize, levelOf, type ServedModel, sizeCount, workShares } from "@/protocol";
import type { SizePx } from "@/vision";
import { liveIntervalMs, startSize } from "../inference/size_choice.ts";

/** How long a model's run takes at its largest size. */
export interface RunTime {
  readonly runMs: number;
  /** Title of the model from whose time it was estimated; `null`: measured itself. */
  readonly from: string | null;
}

/** What is known of run times. */
export interface KnownTimes {
  readonly models: readonly ServedModel[];
  readonly inUseId: string | null;
  /** `null`: not measured. */
  measuredMs(model: ServedModel): number | null;
}

/**
 * The run time of a model: as measured, or, by how its time relates to that of a measured one, the one in
 * use before others. `null`: nothing is known.
 */
export function runTimeOf(
  model: ServedModel,
  { models, inUseId, measuredMs }: KnownTimes,
): RunTime | null {
  const ownMs = measuredMs(model);
  if (ownMs !== null) return { runMs: ownMs, from: null };
  if (model.relativeTime === undefined) return null;
  const isInUse = ({ id }: ServedModel) => Number(id === inUseId);
  for (const other of models.toSorted((a, b) => isInUse(b) - isInUse(a))) {
    const otherMs = measuredMs(other);
    if (otherMs === null || other.relativeTime === undefined) continue;
    return { runMs: otherMs * model.relativeTime / other.relativeTime, from: other.title };
  }
  return null;
}

/** For what a rate holds. */
export interface RateConditions {
  /** How far apart the camera's frames are. */
  readonly intervalMs: number;
  /** The profile `low` takes the smallest size. */
  readonly isLow: boolean;
  /** Name of an input size that is fixed; `null`, or none of the model's: chosen by measurement. */
  readonly size: string | null;
}

/** What is to be expected of a model beside a live video. */
export interface ExpectedRate {
  /** Results a second; no more than the camera's frames. */
  readonly fps: number;
  /** Of the input, for pictures that are wider than high. */
  readonly inputPx: SizePx;
}

/** The size that the page would begin with, and the rate to be expected at it. @param runMs Of the largest. */
export function expectedRate(
  runMs: number,
  { input }: Pick<ServedModel, "input">,
  { intervalMs, isLow, size }: RateConditions,
): ExpectedRate {
  const shares = workShares(input);
  const least = isLow ? sizeCount(input) - 1 : 0;
  const fixed = size === null ? null : levelOf(input, size);
  const level = fixed ?? startSize(runMs, intervalMs, { shares, least }).level;
  const resultMs = Math.max(intervalMs, liveIntervalMs(runMs * shares[level]!));
  return { fps: 1000 / resultMs, inputPx: inputSize(input, input, level) };
}
