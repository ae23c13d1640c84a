import type { DetectionChoices } from "../detection/detection_settings.ts";

/** So long nobody thinks that anything is wrong. */
const PATIENCE_MS = 10_000;

/** Who has read it does not need it any more. */
const SHOWN_MS = 60_000;

/** A score that much of what is there does not get. */
const HIGH_SCORE = 0.6;

/** So many of what a model knows tell what it is for. */
const NAMED = 3;

/** What is looked at now. */
export interface Looking {
  /** The picture, by its source; `null`: none is examined. */
  readonly source: string | null;
  readonly choices: DetectionChoices;
  readonly hasBoxes: boolean;
}

/**
 * Tells when nothing was found in a picture for a while, though it is examined. Once there was a box, an
 * empty picture is an empty one.
 */
export class NoBoxHint {
  #source: string | null = null;
  #choices: DetectionChoices | null = null;
  /** `null`: something was found. */
  #sinceMs: number | null = null;

  /** To be called a few times a second. @returns Whether a hint is due. */
  step({ source, choices, hasBoxes }: Looking, nowMs: number): boolean {
    if (source === null) return false;
    // Who changes something tries it: time begins anew.
    if (source !== this.#source || choices !== this.#choices) this.#sinceMs = nowMs;
    this.#source = source;
    this.#choices = choices;
    if (hasBoxes) this.#sinceMs = null;
    if (this.#sinceMs === null) return false;
    const waitedMs = nowMs - this.#sinceMs;
    return waitedMs >= PATIENCE_MS && waitedMs < PATIENCE_MS + SHOWN_MS;
  }
}

/** What may help; the likeliest cause first. @param labels Of the model. */
export function hintWords(
  { classes, scoreThreshold }: Pick<DetectionChoices, "classes" | "scoreThreshold">,
  labels: readonly string[],
): string {
  const found = "Nothing found yet.";
  if (classes !== null) {
    return `${found} Only ${classes.size} of ${labels.length} classes are looked for. Settings, ` +
      "Classes: choose more.";
  }
  if (scoreThreshold >= HIGH_SCORE) {
    return `${found} Only what is at least ${Math.round(scoreThreshold * 100)} % sure is shown. ` +
      "Settings, Score: choose less.";
  }
  const some = labels.slice(0, NAMED).join(", ");
  const rest = labels.length > NAMED ? ` and ${labels.length - NAMED} other things` : "";
  return `${found} More light helps, and so does coming nearer. This model knows ${some}${rest}; ` +
    "see Models for others.";
}
