import type { BucketCounts } from "../base/bucket_counts.ts";

/** Names and values that tell the samples of one family apart. Each from a closed list. */
export type Labels = Readonly<Record<string, string>>;

/** One figure of a family. */
export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/**
 * One metric with all its samples, as read just now. Nothing that was not measured is in it: a
 * family without samples is not shown at all.
 */
export type Family =
  | {
    readonly kind: "counter" | "gauge";
    readonly name: string;
    readonly help: string;
    readonly samples: readonly Sample[];
  }
  | {
    readonly kind: "histogram";
    readonly name: string;
    readonly help: string;
    /** Upper bounds, rising. */
    readonly bounds: readonly number[];
    readonly series: readonly { readonly labels: Labels; readonly buckets: BucketCounts }[];
  };

/** What grows only. `samples`: a number, or one for each label set. */
export function counter(name: string, help: string, samples: number | readonly Sample[]): Family {
  return { kind: "counter", name, help, samples: toSamples(samples) };
}

/** What is so now. */
export function gauge(name: string, help: string, samples: number | readonly Sample[]): Family {
  return { kind: "gauge", name, help, samples: toSamples(samples) };
}

/** What was counted by buckets, for each label set. */
export function histogram(
  name: string,
  help: string,
  bounds: readonly number[],
  series: Extract<Family, { kind: "histogram" }>["series"],
): Family {
  return { kind: "histogram", name, help, bounds, series };
}

/** Samples that differ in one label. */
export function by(label: string, values: Iterable<readonly [string, number]>): readonly Sample[] {
  return [...values].map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function toSamples(samples: number | readonly Sample[]): readonly Sample[] {
  return typeof samples === "number" ? [{ labels: {}, value: samples }] : samples;
}
