import type { LoadLevel, LoadReason } from "../inference/load_level.ts";

const LEVEL_WORDS: Readonly<Record<LoadLevel, string>> = {
  full: "full: every newest frame",
  reduced: "reduced: fewer and smaller frames",
  "latest-only": "latest-only: a few frames a second",
  paused: "paused: no frames, trying again soon",
};

/** How much is processed, and why not more. Always one line, so that nothing moves. */
export function LoadLine({ level, reason }: { level: LoadLevel; reason: LoadReason | null }) {
  return (
    <p class="small soft load-line" data-testid="load">
      Load {LEVEL_WORDS[level]}
      {reason !== null && ` (${reasonWords(reason)})`}
    </p>
  );
}

function reasonWords(reason: LoadReason): string {
  return reason.kind === "age"
    ? `detections were ${reason.ageMs.toFixed(0)} ms behind their frames`
    : `only ${reason.rateFps.toFixed(1)} frames a second could be processed`;
}
