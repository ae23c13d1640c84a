import type { MetricsHistory } from "./history.ts";
import { type Panel, valueWords } from "./panels.ts";
import { type PointedMs, shownRow, whenWords } from "./pointer.ts";

/**
 * A chart's legend with the values of the second that is pointed at, else with the newest: to those who
 * do not see the chart, the chart itself. Roles are said because tables that are laid out in columns
 * lose theirs.
 */
export function ChartTable({ panel, history, pointedMs }: {
  panel: Panel;
  history: MetricsHistory;
  pointedMs: PointedMs;
}) {
  const unit = panel.unit === null ? "" : `, ${panel.unit}`;
  const when = whenWords(history, pointedMs);
  const row = shownRow(history, pointedMs);
  return (
    <>
      <p class={`chart-when small${pointedMs === null ? " soft" : ""}`}>{when}</p>
      <table
        class={`chart-table${panel.series.length > 2 ? " many" : ""}`}
        role="table"
        aria-label={`${panel.title}${unit}: ${pointedMs === null ? "newest values" : when}`}
      >
        <tbody role="rowgroup">
          {panel.series.map(({ column, label, colour }) => (
            <tr key={column} role="row">
              <th scope="row" role="rowheader">
                <span class={`chart-key chart-key-${colour}`} /> {label}
              </th>
              <td role="cell">
                {valueWords(panel, row === null ? null : history.valueAt(column, row))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
