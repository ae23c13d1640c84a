import type { ClassCount } from "../viewer/track_counts.ts";

/** Rows shown; the table is as high with fewer, so that the page does not jump. */
const MAX_ROWS = 5;

/** How many objects of each class are in the picture, and how many there were. */
export function ClassCounts(
  { counts, labels, onReset }: {
    /** The first of these are shown. */
    counts: readonly ClassCount[];
    labels: readonly string[];
    onReset: () => void;
  },
) {
  const rows = Array.from({ length: MAX_ROWS }, (_, index) => counts[index] ?? null);
  const more = counts.length - MAX_ROWS;
  return (
    <section class="counts-section" aria-labelledby="counts-heading">
      <div class="row counts-head">
        <h2 id="counts-heading" class="small">Counts</h2>
        <button type="button" class="button" disabled={counts.length === 0} onClick={onReset}>
          Reset counts
        </button>
      </div>
      <table class="counts" data-testid="counts" aria-labelledby="counts-heading">
        <thead>
          <tr>
            <th scope="col">class</th>
            <th scope="col">now</th>
            <th scope="col">seen since start</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) =>
            row === null
              ? (
                <tr key={index} aria-hidden="true">
                  <td colSpan={3}>&nbsp;</td>
                </tr>
              )
              : (
                <tr key={index}>
                  <th scope="row">{labels[row.classId] ?? `class ${row.classId}`}</th>
                  <td>{row.now}</td>
                  <td>{row.unique}</td>
                </tr>
              )
          )}
        </tbody>
      </table>
      <p class="small soft">{more > 0 ? `and ${more} more` : "\u00a0"}</p>
    </section>
  );
}
