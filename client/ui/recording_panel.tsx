import type { RecordedFile, RecordingView } from "../record/recording.ts";

/** What a snapshot and a recording hold, how far it is, and the files that it left. */
export function RecordingPanel(props: {
  view: RecordingView;
  /** The largest recording, in words. */
  limits: string;
  hasBoxes: boolean;
  onBoxes: (hasBoxes: boolean) => void;
  onSave: (kind: RecordedFile) => void;
}) {
  const { view, limits, hasBoxes, onBoxes, onSave } = props;
  const isRecording = view.kind === "recording";
  return (
    <section class="panel" aria-labelledby="recording-heading" data-testid="recording">
      <h2 id="recording-heading">Snapshot and recording</h2>
      <label class="check">
        <input
          type="checkbox"
          checked={hasBoxes}
          disabled={isRecording}
          onChange={(event) => onBoxes(event.currentTarget.checked)}
        />{" "}
        Boxes in the picture
      </label>
      <p class="small soft" data-testid="recording-state">
        {view.kind === "idle" ? `Stops automatically at ${limits}.` : amountWords(view)}
        {view.kind === "saving" && " Preparing the video…"}
        {isRecording && ` Stops automatically at ${limits}.`}
        {isRecording && hasBoxes && " Keep this tab visible: boxes are drawn only while it is."}
      </p>
      {view.kind !== "idle" && view.gapMs >= SEEN_GAP_MS && (
        <p class="small" data-testid="recording-gap">
          This tab was hidden for{" "}
          {clockOf(view.gapMs)}. That part is missing or stands still. A recording without boxes
          goes on in a hidden tab.
        </p>
      )}
      {view.kind === "done" && (
        <>
          {view.why !== null && <p class="small">{view.why}</p>}
          <div class="row">
            {FILES.map(({ kind, name }) => (
              <button
                key={kind}
                type="button"
                class="button"
                onClick={() => onSave(kind)}
              >
                {name}
              </button>
            ))}
          </div>
          <p class="small soft">Kept until the next recording, or until you leave this page.</p>
        </>
      )}
    </section>
  );
}

/** Says in the page's head that a recording runs, wherever the panel is. */
export function RecordingMark({ view }: { view: RecordingView }) {
  if (view.kind === "done" && view.why !== null) {
    return <p class="state-dot wait" role="status">{view.why}</p>;
  }
  if (view.kind !== "recording") return null;
  return <p class="state-dot bad">Recording {clockOf(view.elapsedMs)}</p>;
}

/** A shorter one is not seen. */
const SEEN_GAP_MS = 1_000;

const FILES: readonly { readonly kind: RecordedFile; readonly name: string }[] = [
  { kind: "video", name: "Save video" },
  { kind: "ndjson", name: "Detections (NDJSON)" },
  { kind: "coco", name: "Detections (COCO)" },
];

function amountWords(
  { elapsedMs, bytes, frames, detections }: Exclude<RecordingView, { kind: "idle" }>,
): string {
  const size = `${(bytes / 1e6).toFixed(1)} MB`;
  return `${clockOf(elapsedMs)}, ${size}; ${detections} detections in ${frames} frames.`;
}

function clockOf(elapsedMs: number): string {
  const seconds = Math.floor(elapsedMs / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
