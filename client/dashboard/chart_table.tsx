import type { MetricsHistory } from "./history.ts";
import { type Panel, valueWords } from "./panels.ts";

/**
 * A chart's legend with the newest values: to those who do not see the chart, the chart itself. Roles
 * are said because tables that are laid out in columns lose theirs.
 */
export function ChartTable({ panel, history }: { panel: Panel; history: MetricsHistory }) {
  const unit = panel.unit === null ? "" : `, ${panel.unit}`;
  return (
    <table
      class={`chart-table${panel.series.length > 2 ? " many" : ""}`}
      role="table"
      aria-label={`${panel.title}${unit}: newest values`}
    >
      <tbody role="rowgroup">
        {panel.series.map(({ column, label, colour }) => (
          <tr key={column} role="row">
            <th scope="row" role="rowheader">
              <span class={`chart-key chart-key-${colour}`} /> {label}
            </th>
            <td role="cell">{valueWords(panel, history.newest(column))}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
