import { addBuckets, type BucketCounts } from "../base/bucket_counts.ts";
import type { InferenceStats } from "./ipc.ts";

/** What of the stats only ever grows; the rest are gauges of now. */
export type InferenceTotals = Omit<
  InferenceStats,
  "streams" | "ways" | "rssBytes" | "maxStallMs"
>;

/**
 * The counts of one inference process after another as one, so that they never go back when a new
 * one begins at zero. What the last one counted after its last heartbeat went with it.
 */
export class StatsTotal {
  #before: InferenceTotals | null = null;
  #present: InferenceTotals | null = null;

  /** Takes a heartbeat's stats. */
  heard(stats: InferenceTotals): void {
    this.#present = stats;
  }

  /** The process has ended; the next one counts from zero. */
  ended(): void {
    this.#before = this.read();
    this.#present = null;
  }

  /** Over all processes; `null` before any has said anything. */
  read(): InferenceTotals | null {
    const before = this.#before;
    const present = this.#present;
    return before === null || present === null ? present ?? before : add(before, present);
  }
}

function add(a: InferenceTotals, b: InferenceTotals): InferenceTotals {
  const plus = (x: number, y: number) => x + y;
  return {
    framesReceived: a.framesReceived + b.framesReceived,
    framesProcessed: a.framesProcessed + b.framesProcessed,
    framesDropped: merge(a.framesDropped, b.framesDropped, plus),
    messagesRefused: a.messagesRefused + b.messagesRefused,
    signalsRefused: merge(a.signalsRefused, b.signalsRefused, plus),
    resultsUnsent: a.resultsUnsent + b.resultsUnsent,
    bytesReceived: a.bytesReceived + b.bytesReceived,
    bytesSent: a.bytesSent + b.bytesSent,
    cpuMs: a.cpuMs + b.cpuMs,
    stagesMs: merge(a.stagesMs, b.stagesMs, addBuckets),
    frameMs: addBuckets(a.frameMs, b.frameMs),
    lagMs: addBuckets(a.lagMs, b.lagMs),
  };
}

/** Both records have the same keys: the processes are of one version. */
function merge<K extends string, T extends number | BucketCounts>(
  a: Readonly<Record<K, T>>,
  b: Readonly<Record<K, T>>,
  plus: (x: T, y: T) => T,
): Record<K, T> {
  const keys = Object.keys(a) as K[];
  return Object.fromEntries(keys.map((key) => [key, plus(a[key], b[key])])) as Record<K, T>;
}
