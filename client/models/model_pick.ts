import { liveIntervalMs } from "../inference/size_choice.ts";

/** What a person wants of a model. */
export const WISHES = ["fast", "balanced", "accurate"] as const;
/** See {@linkcode WISHES}. */
export type ModelWish = (typeof WISHES)[number];

/** Fewer results a second than this are a slide show. */
export const LEAST_FPS = 5;

/** What a choice is made by. */
export interface Candidate {
  readonly id: string;
  readonly licence: string;
  /** AP50-95 on COCO, 0–1; `null`: not published. */
  readonly publishedAp: number | null;
  /** Run alone, at the smallest input size, ms; `null`: not known. */
  readonly runMs: number | null;
}

/** The model that was picked, and from how many. */
export interface ModelPick {
  readonly wish: ModelWish;
  readonly id: string;
  /** How many were compared: those with a time and a licence that asks nothing. */
  readonly among: number;
  /** How many of them are fast enough for the wish; 0: none is, and the fastest was taken. */
  readonly fitting: number;
}

/** Whether a model is picked by itself, or by a person's hand only. */
export function isPickable({ licence }: Pick<Candidate, "licence">): boolean {
  return isPermissive(licence);
}

/**
 * Picks a model by measured times and published accuracy. What has no published accuracy comes after all
 * that has. `null`: there is none to pick. Pure.
 * @param intervalMs How far apart the camera's frames are.
 */
export function pickModel(
  wish: ModelWish,
  candidates: readonly Candidate[],
  intervalMs: number,
): ModelPick | null {
  const timed = candidates.flatMap((candidate) =>
    isPickable(candidate) && candidate.runMs !== null
      ? [{ ...candidate, runMs: candidate.runMs, ap: candidate.publishedAp ?? -1 }]
      : []
  );
  const byTime = timed.toSorted((a, b) => a.runMs - b.runMs || b.ap - a.ap);
  const [fastest] = byTime;
  if (fastest === undefined) return null;
  const limitMs = { fast: Infinity, balanced: intervalMs, accurate: 1000 / LEAST_FPS }[wish];
  const fitting = byTime.filter(({ runMs }) => liveIntervalMs(runMs) <= limitMs);
  const best = wish === "fast" ? fastest : fitting.toSorted((a, b) => b.ap - a.ap)[0] ?? fastest;
  return { wish, id: best.id, among: byTime.length, fitting: fitting.length };
}

/** Licences that ask no more than to be named and passed on with the weights. */
const PERMISSIVE: ReadonlySet<string> = new Set([
  "Apache-2.0",
  "MIT",
  "MIT-0",
  "ISC",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "0BSD",
  "Unlicense",
  "CC0-1.0",
  "CC-BY-4.0",
]);

/** Whether weights may be taken without asking the person. What is not known may ask anything. */
function isPermissive(licence: string): boolean {
  return PERMISSIVE.has(licence);
}
