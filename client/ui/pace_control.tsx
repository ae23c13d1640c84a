import type { PaceView } from "../detection/load_control.ts";

/** What *Saver* allows: with tracking, boxes follow objects about as smoothly as with 30. */
const SAVER_FPS = 6;

/** As many as any camera gives. */
const EVERY_FRAME_FPS = 60;

const PACE_NAMES: Readonly<Record<number, string>> = {
  [EVERY_FRAME_FPS]: "every frame",
  15: "at most 15",
  10: "at most 10",
  [SAVER_FPS]: `Saver: at most ${SAVER_FPS}`,
};

/** How many detections a second there are at most, and what that saves. */
export function PaceControl({ chosen, pace, isOff, onChange }: {
  /** `null`: as the camera's profile has it. */
  chosen: number | null;
  /** What is in force. */
  pace: PaceView;
  isOff: boolean;
  onChange: (fps: number | null) => void;
}) {
  const words = isOff ? null : paceWords(pace);
  // A link may name another number.
  const offered = Object.keys(PACE_NAMES).map(Number).concat(chosen ?? []);
  return (
    <>
      <label class="field">
        Detections a second
        <select
          aria-label="Detections a second"
          value={chosen ?? ""}
          disabled={isOff}
          onChange={(event) => onChange(Number(event.currentTarget.value) || null)}
        >
          <option value="">automatic: every frame, or 10 in low</option>
          {[...new Set(offered)].sort((a, b) => b - a).map((fps) => (
            <option key={fps} value={fps}>{PACE_NAMES[fps] ?? `at most ${fps}`}</option>
          ))}
        </select>
      </label>
      {words !== null && <p class="small soft" data-testid="pace">{words}</p>}
    </>
  );
}

/** What a pace saves, as far as it was measured; `null`: every frame is examined. */
export function paceWords({ fps, runShares: { now, everyFrame } }: PaceView): string | null {
  if (fps === null || fps >= EVERY_FRAME_FPS) return null;
  if (now === null) return "The model's share of the time is not measured yet.";
  const runs = `The model runs ${percent(now)} of the time`;
  return everyFrame === null
    ? `${runs}.`
    : `${runs}; with every frame it was ${percent(everyFrame)}.`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
