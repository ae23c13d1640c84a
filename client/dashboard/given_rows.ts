import * as v from "valibot";
import { COLUMNS, type HistoryRow, MAX_ROWS } from "./history.ts";

declare global {
  var peerlensHistoryRows: unknown;
}

/** More than are kept, so that it can be seen that the rest is forgotten. */
const MAX_GIVEN = 2 * MAX_ROWS;

const ROWS = v.pipe(
  v.array(v.record(v.picklist(COLUMNS), v.nullable(v.pipe(v.number(), v.finite())))),
  v.maxLength(MAX_GIVEN),
);

/**
 * A hook of the bench, which cannot wait for half an hour: the rows that a script before the page's own
 * has left in `peerlensHistoryRows`, the oldest first, a second each. The charts begin with them; the
 * record for export does not have them. No page of Peerlens leaves any.
 * @throws {TypeError} If these are no rows.
 */
export function takeGivenRows(): readonly HistoryRow[] {
  const given = globalThis.peerlensHistoryRows;
  if (given === undefined) return [];
  globalThis.peerlensHistoryRows = undefined;
  const parsed = v.safeParse(ROWS, given);
  if (!parsed.success) {
    throw new TypeError(`Cannot take rows of the history: ${parsed.issues[0].message}`);
  }
  return parsed.output as HistoryRow[];
}
