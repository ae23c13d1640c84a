import { addBuckets, type BucketCounts } from "../base/bucket_counts.ts";
import type { InferenceTotals } from "./ipc.ts";

/** What two inference processes counted, one after the other, as one. */
export function addTotals(a: InferenceTotals, b: InferenceTotals): InferenceTotals {
  const plus = (x: number, y: number) => x + y;
  return {
    framesReceived: a.framesReceived + b.framesReceived,
    framesProcessed: a.framesProcessed + b.framesProcessed,
    framesDropped: merge(a.framesDropped, b.framesDropped, plus),
    messagesRefused: a.messagesRefused + b.messagesRefused,
    signalsRefused: merge(a.signalsRefused, b.signalsRefused, plus),
    modelsRefused: merge(a.modelsRefused, b.modelsRefused, plus),
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
