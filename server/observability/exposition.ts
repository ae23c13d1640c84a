import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Family, Labels } from "./family.ts";

// The only importer of prom-client. None of its default metrics: without `/proc`, which the server
// may not read, it shows zeros for what it could not measure.

/** An answer for Prometheus. */
export interface Exposition {
  readonly text: string;
  readonly contentType: string;
}

/** Writes families in the text format of Prometheus, those of one name together. */
export async function exposition(families: readonly Family[]): Promise<Exposition> {
  const registry = new Registry();
  for (const family of merged(families)) {
    const { name, help } = family;
    if (family.kind === "histogram") {
      if (family.series.length > 0) registry.registerMetric(new CountedHistogram(family));
      continue;
    }
    if (family.samples.length === 0) continue;
    const labelNames = [...new Set(family.samples.flatMap(({ labels }) => Object.keys(labels)))];
    const options = { name, help, labelNames, registers: [registry] };
    if (family.kind === "gauge") {
      const metric = new Gauge(options);
      for (const { labels, value } of family.samples) metric.set({ ...labels }, value);
    } else {
      const metric = new Counter(options);
      for (const { labels, value } of family.samples) metric.inc({ ...labels }, value);
    }
  }
  return { text: await registry.metrics(), contentType: registry.contentType };
}

/** One family for each name: the server and the inference process have some in common. */
function merged(families: readonly Family[]): Family[] {
  const byName = new Map<string, Family>();
  for (const family of families) {
    const present = byName.get(family.name);
    byName.set(family.name, present === undefined ? family : join(present, family));
  }
  return [...byName.values()];
}

function join(a: Family, b: Family): Family {
  if (a.kind === "histogram" && b.kind === "histogram") {
    return { ...a, series: [...a.series, ...b.series] };
  }
  if (a.kind !== "histogram" && b.kind === a.kind) {
    return { ...a, samples: [...a.samples, ...b.samples] };
  }
  throw new TypeError(`Metric is of two kinds: ${a.name}`);
}

type HistogramFamily = Extract<Family, { kind: "histogram" }>;

/** A histogram that was counted elsewhere: prom-client's own can only count values one by one. */
class CountedHistogram extends Histogram {
  readonly #family: HistogramFamily;

  constructor(family: HistogramFamily) {
    const { name, help, bounds } = family;
    super({ name, help, buckets: [...bounds], registers: [] });
    this.#family = family;
  }

  /** What the registry asks for, and `get()` too. */
  getForPromString() {
    const { name, help, bounds, series } = this.#family;
    const values = series.flatMap(({ labels, buckets }) => {
      let count = 0;
      const cumulated = [...bounds, "+Inf"].map((le, at) => {
        count += buckets.counts[at] ?? 0;
        return sample(`${name}_bucket`, count, { ...labels, le: String(le) });
      });
      return [
        ...cumulated,
        sample(`${name}_sum`, buckets.sum, labels),
        sample(`${name}_count`, count, labels),
      ];
    });
    return { name, help, type: "histogram", values };
  }
}

function sample(metricName: string, value: number, labels: Labels) {
  return { metricName, value, labels };
}
