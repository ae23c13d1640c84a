import { DROP_CAUSES, FRAME_DROP_CAUSES, STAGES } from "@/protocol";
import { WINDOW_DROP_CAUSES } from "../inference/frame_window.ts";
import type { AnyDropCause } from "../inference/worker_messages.ts";
import { PRESENT_SKIP_CAUSES, type PresentSkipCause } from "../present/present_messages.ts";

/** Rows come about once a second: half an hour. */
export const MAX_ROWS = 1800;

/** Nothing was measured for longer than this, as of a page that slept: lines end and begin anew. */
const MAX_GAP_MS = 5_000;

/** Stages of a sample; `encode` and `queue` are there only on the way to the server. */
export const STAGE_NAMES = [...STAGES, "encode", "queue", "show"] as const;

/** `unread`: the browser replaced the frame before the detector came to read it. */
type DropName = AnyDropCause | "unread";

/** Why frames got no result, wherever that was decided. */
export const DROP_NAMES: readonly DropName[] = [
  ...new Set<DropName>(["unread", ...DROP_CAUSES, ...WINDOW_DROP_CAUSES, ...FRAME_DROP_CAUSES]),
];

const FIGURES = [
  "latencyMedianMs",
  "latencyP95Ms",
  "receiptMedianMs",
  "receiptP95Ms",
  "clockErrorMs",
  "cameraFps",
  "processedFps",
  "uplinkKbps",
  "downlinkKbps",
  "loadLevel",
] as const;

/**
 * What is kept of each second. `latency…`: end to end; `receipt…`: from when the viewer had the frame
 * until its overlay was presented. `stage.…`: medians, ms. `drop.…` and `skip.…`: frames a second.
 * `loadLevel`: the level's place in `LOAD_LEVELS`.
 */
export type HistoryColumn =
  | (typeof FIGURES)[number]
  | `stage.${(typeof STAGE_NAMES)[number]}`
  | `drop.${DropName}`
  | `skip.${PresentSkipCause}`;

/** See {@linkcode HistoryColumn}. */
export const COLUMNS: readonly HistoryColumn[] = [
  ...FIGURES,
  ...STAGE_NAMES.map((name) => `stage.${name}` as const),
  ...DROP_NAMES.map((name) => `drop.${name}` as const),
  ...PRESENT_SKIP_CAUSES.map((name) => `skip.${name}` as const),
];

/** One second; what is missing or `null` was not measured. */
export type HistoryRow = Readonly<Partial<Record<HistoryColumn, number | null>>>;

/**
 * The last half hour, a row a second, in memory that is taken once. Not a number stands for what was
 * not measured.
 */
export class MetricsHistory {
  readonly #timesMs = new Float64Array(MAX_ROWS);
  readonly #columns = new Map(COLUMNS.map((name) => [name, new Float32Array(MAX_ROWS)]));
  readonly #seen = new Set<HistoryColumn>();
  /** Rows ever added since it was cleared; the next one's place is this modulo the size. */
  #count = 0;

  /** Rows that are kept. */
  get size(): number {
    return Math.min(this.#count, MAX_ROWS);
  }

  /** Adds the newest row. `atMs`: when it ended, ms since the start; never less than the last. */
  add(atMs: number, row: HistoryRow): void {
    const lastMs = this.#count === 0 ? atMs : this.#timesMs[(this.#count - 1) % MAX_ROWS]!;
    if (atMs - lastMs > MAX_GAP_MS) this.#write(lastMs + 1, {});
    this.#write(atMs, row);
  }

  /** Forgets everything. */
  clear(): void {
    this.#count = 0;
    this.#seen.clear();
  }

  /** When each row ended, the oldest first; ms since the start. */
  times(): number[] {
    return this.#inOrder(this.#timesMs);
  }

  /** One column, the oldest row first. */
  values(name: HistoryColumn): (number | null)[] {
    return this.#inOrder(this.#columns.get(name)!).map(orNull);
  }

  /** The newest row's value. */
  newest(name: HistoryColumn): number | null {
    if (this.#count === 0) return null;
    return orNull(this.#columns.get(name)![(this.#count - 1) % MAX_ROWS]!);
  }

  /** When a row ended, ms since the start. `row`: 0 to size − 1, the oldest first. */
  timeAt(row: number): number {
    return this.#timesMs[this.#placeOf(row)]!;
  }

  /** A row's value. `row`: see {@linkcode timeAt}. */
  valueAt(name: HistoryColumn, row: number): number | null {
    return orNull(this.#columns.get(name)![this.#placeOf(row)]!);
  }

  /** The row that ended nearest to a time; `null`: that time is not kept, or no more. */
  nearestRow(atMs: number): number | null {
    let [low, high] = [0, this.size - 1];
    if (high < 0 || atMs < this.timeAt(low) || atMs > this.timeAt(high)) return null;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.timeAt(middle) < atMs) low = middle + 1;
      else high = middle;
    }
    if (low === 0) return 0;
    return atMs - this.timeAt(low - 1) < this.timeAt(low) - atMs ? low - 1 : low;
  }

  /** Whether anything but 0 was ever measured of it. */
  hasSeen(name: HistoryColumn): boolean {
    return this.#seen.has(name);
  }

  #write(atMs: number, row: HistoryRow): void {
    const at = this.#count % MAX_ROWS;
    this.#timesMs[at] = atMs;
    for (const [name, values] of this.#columns) {
      const value = row[name] ?? NaN;
      values[at] = value;
      if (value !== 0 && !Number.isNaN(value)) this.#seen.add(name);
    }
    this.#count += 1;
  }

  #placeOf(row: number): number {
    return this.#count <= MAX_ROWS ? row : (this.#count + row) % MAX_ROWS;
  }

  #inOrder(ring: Float32Array | Float64Array): number[] {
    const from = this.#count <= MAX_ROWS ? 0 : this.#count % MAX_ROWS;
    return [...ring.subarray(from, this.size), ...ring.subarray(0, from)];
  }
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
