import type { Detection } from "@/vision";
import type { ClassCount } from "../detection/track_counts.ts";

/** Rows shown; each list has a fixed height for them, so that the page does not jump. */
const MAX_ROWS = 8;

/** What is in the picture now, for those who cannot see the boxes, and in words for all others. */
export function DetectionsList(
  { detections, labels }: { detections: readonly Detection[]; labels: readonly string[] },
) {
  return (
    <div>
      <h3>In the picture</h3>
      <ul role="list" aria-label="Detections" class="detections">
        {detections.slice(0, MAX_ROWS).map(({ classId, score }, index) => (
          <li key={index}>{labels[classId] ?? `class ${classId}`} {Math.round(score * 100)} %</li>
        ))}
      </ul>
    </div>
  );
}

/** How many objects of each class are in the picture, and how many there were. */
export function ClassCounts(
  { counts, labels, onReset }: {
    /** The first of these are shown. */
    counts: readonly ClassCount[];
    labels: readonly string[];
    onReset: () => void;
  },
) {
  return (
    <div>
      <div class="row counts-head">
        <h3>Counts: now / since start</h3>
        <button type="button" class="link" disabled={counts.length === 0} onClick={onReset}>
          Reset counts
        </button>
      </div>
      <ul role="list" aria-label="Counts" class="detections" data-testid="counts">
        {counts.slice(0, MAX_ROWS).map(({ classId, now, unique }) => {
          const label = labels[classId] ?? `class ${classId}`;
          return (
            <li key={classId} aria-label={`${label}: ${now} now, ${unique} since start`}>
              {label} {now} / {unique}
            </li>
          );
        })}
      </ul>
    </div>
  );
}
