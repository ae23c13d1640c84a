import type { Side } from "../inference/detector.ts";
import type { LoadLevel } from "../inference/load_level.ts";
import type { LiveFigures } from "../metrics/live_meter.ts";

/** What a person is told of a level; `null`: all is as it should be. */
const LEVEL_WORDS: Readonly<Record<LoadLevel, string | null>> = {
  full: null,
  reduced: "fewer frames, as there is much to do",
  "latest-only": "few frames, as there is much to do",
  paused: "paused, as there is too much to do",
};

/** How it goes, in one line: pictures a second, their delay, and what looks at them where. */
export function Vitals({ figures, model, side, level }: {
  figures: LiveFigures;
  /** Its title. */
  model: string | null;
  /** Where it runs; `null`: nowhere. */
  side: Side | null;
  level: LoadLevel;
}) {
  const { cameraFps, processedFps, latencyMs, videoDelayMs, captureClock } = figures;
  const isOff = side === null || model === null;
  const fps = isOff ? cameraFps : processedFps;
  const load = isOff ? null : LEVEL_WORDS[level];
  return (
    <p class="vitals" data-testid="vitals">
      <span title={isOff ? "Pictures shown in a second" : "Pictures examined in a second"}>
        {fps === null ? "–" : fps.toFixed(0)} fps
      </span>
      {isOff && videoDelayMs !== null && (
        <span title="From when the camera took a picture until it was on the screen">
          {videoDelayMs.toFixed(0)} ms delay
        </span>
      )}
      {!isOff && latencyMs !== null && (
        <span
          title={captureClock === "receiveTime"
            ? "From when this browser had a picture until it was on the screen with its boxes"
            : "From when the camera took a picture until it was on the screen with its boxes"}
        >
          {latencyMs.toFixed(0)} ms {captureClock === "receiveTime" ? "since receipt" : "delay"}
        </span>
      )}
      <span>{isOff ? "detection off" : `${model} ${SIDE_WORDS[side]}`}</span>
      {load !== null && <span>{load}</span>}
    </p>
  );
}

const SIDE_WORDS: Readonly<Record<Side, string>> = {
  local: "in this browser",
  server: "on the server",
};
