import type { Profile } from "@/protocol";

/** Of profile `low`, which is for weak computers. */
const LOW_FPS = 10;

/** Detections a second at most. @param chosen `null`: as the profile has it. @returns `null`: every frame. */
export function paceOf(chosen: number | null, profile: Profile): number | null {
  return chosen ?? (profile === "low" ? LOW_FPS : null);
}

/** How long the model runs, as a share of the time. `null`: not measured. */
export interface RunShares {
  readonly now: number | null;
  /** The same before the present pace was chosen, when every frame was examined. */
  readonly everyFrame: number | null;
}

/** What a pace saves: remembers what every frame cost, with the same model, size and side. */
export class PaceSavings {
  #everyFrame: { readonly share: number; readonly sizeLevel: number } | null = null;

  /** What was measured just now, and what is known of every frame. */
  shares(
    { pace, share, sizeLevel }: {
      readonly pace: number | null;
      readonly share: number | null;
      readonly sizeLevel: number;
    },
  ): RunShares {
    if (pace === null && share !== null) this.#everyFrame = { share, sizeLevel };
    // Of another size it says nothing of what the pace saves.
    const isSame = this.#everyFrame?.sizeLevel === sizeLevel;
    return { now: share, everyFrame: isSame ? this.#everyFrame!.share : null };
  }

  /** Another model, or another side. */
  clear(): void {
    this.#everyFrame = null;
  }
}
