import type { CaptureClock } from "@/protocol";
import type { LiveFigures } from "../metrics/live_meter.ts";

/** What a reader sees of each clock, and what it means. */
const CLOCK_WORDS: Readonly<Record<CaptureClock, { start: string; meaning: string }>> = {
  captureTime: {
    start: "the camera",
    meaning: "The browser's own estimate of when the camera took the frame (captureTime).",
  },
  phone: {
    start: "the phone",
    meaning: "The phone's note of when the frame left its encoder, less its encoding time (phone).",
  },
  receiveTime: {
    start: "receipt",
    meaning: "From when this page received the frame: not end-to-end (receiveTime).",
  },
};

/** Live figures; the place of each is fixed, so that nothing jumps. */
export function Figures({ figures, isOnServer }: {
  figures: LiveFigures;
  /** Frames are examined there: else nothing of it is measured. */
  isOnServer: boolean;
}) {
  const { captureClock: clock, clockErrorMs: errorMs } = figures;
  const isEndToEnd = clock !== "receiveTime";
  const words = clock === null ? null : CLOCK_WORDS[clock];
  const title = words?.meaning;
  return (
    <dl class="figures" data-testid="figures">
      <Figure name="camera" value={figures.cameraFps} unit="fps" />
      <Figure name="processed" value={figures.processedFps} unit="fps" />
      <Figure
        name={isEndToEnd ? "end to end" : "since receipt"}
        value={figures.latencyMs}
        error={isEndToEnd ? errorMs : null}
        unit="ms"
        title={title}
      />
      <div title={title}>
        <dt>measured from</dt>
        <dd>{words?.start ?? "–"}</dd>
      </div>
      <Figure name="added delay" value={figures.delayMs} unit="ms" />
      <Figure name="inference" value={figures.inferenceMs} unit="ms" />
      <Figure name="age of boxes" value={figures.boxAgeMs} unit="ms" />
      {isOnServer && (
        <>
          <Figure name="round trip" value={figures.roundTripMs} unit="ms" />
          <Figure name="network" value={figures.networkMs} unit="ms" />
          <Figure name="server" value={figures.serverMs} unit="ms" />
        </>
      )}
    </dl>
  );
}

function Figure({ name, value, error = null, unit, title }: {
  name: string;
  value: number | null;
  /** The value is at most this wrong. */
  error?: number | null;
  unit: string;
  title?: string | undefined;
}) {
  const bound = error === null ? "" : ` ± ${Math.ceil(error)}`;
  return (
    <div title={title}>
      <dt>{name}</dt>
      <dd>{value === null ? "–" : `${value.toFixed(0)}${bound}`} {unit}</dd>
    </div>
  );
}
