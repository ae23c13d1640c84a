/** Export and reset of what was measured; shut until there is something. */
export function MetricsControls({ recordedMs, sampleCount, onExport, onReset }: {
  /** How long it has been measured; `null` before the first frame. */
  recordedMs: number | null;
  /** Processed frames that were displayed. */
  sampleCount: number;
  onExport: () => void;
  onReset: () => void;
}) {
  const isEmpty = recordedMs === null || sampleCount === 0;
  const seconds = isEmpty ? 0 : Math.floor(recordedMs / 1000);
  return (
    <section class="panel" aria-labelledby="metrics-heading">
      <h2 id="metrics-heading">Measurements</h2>
      <p class="small soft">
        {isEmpty
          ? "Nothing measured yet."
          : `Measured for ${seconds} s: ${sampleCount} frames with results shown.`}
      </p>
      <div class="row">
        <button
          type="button"
          class="button"
          data-testid="export-metrics"
          disabled={isEmpty}
          onClick={onExport}
        >
          Export metrics
        </button>
        <button type="button" class="button" disabled={isEmpty} onClick={onReset}>
          Reset
        </button>
      </div>
    </section>
  );
}
