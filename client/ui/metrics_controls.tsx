/** Export and reset of what was measured; shut until there is something. */
export function MetricsControls({ recordedMs, sampleCount, onExport, onReset }: {
  /** How long it has been measured; `null` before the first frame. */
  recordedMs: number | null;
  /** Processed frames that were displayed. */
  sampleCount: number;
  onExport: () => void;
  onReset: () => void;
}) {
  const isEmpty = recordedMs === null;
  return (
    <section class="panel" aria-labelledby="metrics-heading">
      <h2 id="metrics-heading">Measurements</h2>
      <p class="small soft">
        {isEmpty
          ? "Nothing measured yet."
          : sampleCount === 0
          ? "Only the video's own delay so far."
          : `${sampleCount} frames with results shown.`}
      </p>
      <div class="row">
        <button
          type="button"
          class="button export"
          data-testid="export-metrics"
          disabled={isEmpty}
          onClick={onExport}
        >
          Export metrics{!isEmpty && ` (${durationWords(recordedMs)})`}
        </button>
        <button type="button" class="button" disabled={isEmpty} onClick={onReset}>
          Reset
        </button>
      </div>
    </section>
  );
}

function durationWords(durationMs: number): string {
  const seconds = Math.floor(durationMs / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
