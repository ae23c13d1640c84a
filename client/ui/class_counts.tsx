import type { ClassCount } from "../viewer/track_counts.ts";

/** Classes shown; the list has a fixed height for them, so that the page does not jump. */
const MAX_SHOWN = 8;

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
    <section class="detections-section" aria-labelledby="counts-heading">
      <div class="row counts-head">
        <h2 id="counts-heading" class="small">Counts: now / since start</h2>
        <button type="button" class="link" disabled={counts.length === 0} onClick={onReset}>
          Reset counts
        </button>
      </div>
      <ul role="list" aria-label="Counts" class="detections" data-testid="counts">
        {counts.slice(0, MAX_SHOWN).map(({ classId, now, unique }) => {
          const label = labels[classId] ?? `class ${classId}`;
          return (
            <li key={classId} aria-label={`${label}: ${now} now, ${unique} since start`}>
              {label} {now} / {unique}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
