/** Live figures; `null` where nothing was measured yet. */
export interface LiveFigures {
  readonly cameraFps: number | null;
  readonly processedFps: number | null;
  /** The model's own time, median of the last second, ms. */
  readonly inferenceMs: number | null;
  /** How much earlier than the frame on screen the boxes' frame is, median, ms. */
  readonly boxAgeMs: number | null;
  /** From sending a frame to the server until its result was here, median, ms. */
  readonly roundTripMs: number | null;
  /** Of that: on the way there and back. */
  readonly networkMs: number | null;
  /** Of that: on the server, from the frame's last byte to its detections. */
  readonly serverMs: number | null;
}

/** Live figures; the place of each is fixed, so that nothing jumps. */
export function Figures({ figures }: { figures: LiveFigures }) {
  return (
    <dl class="figures" data-testid="figures">
      <Figure name="camera" value={figures.cameraFps} unit="fps" />
      <Figure name="processed" value={figures.processedFps} unit="fps" />
      <Figure name="inference" value={figures.inferenceMs} unit="ms" />
      <Figure name="boxes behind" value={figures.boxAgeMs} unit="ms" />
      <Figure name="round trip" value={figures.roundTripMs} unit="ms" />
      <Figure name="network" value={figures.networkMs} unit="ms" />
      <Figure name="server" value={figures.serverMs} unit="ms" />
    </dl>
  );
}

function Figure({ name, value, unit }: { name: string; value: number | null; unit: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value === null ? "–" : value.toFixed(0)} {unit}</dd>
    </div>
  );
}
