import { metrics, trace } from "@opentelemetry/api";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../base/security.ts";
import { APP_VERSION } from "../base/version.ts";
import type { Family } from "./family.ts";
import { routeOf } from "./http_counts.ts";

// The only importer of OpenTelemetry's API. What it is given goes out through Deno's own exporter when
// `OTEL_DENO` is true, and nowhere otherwise.

/** Names the span that Deno opens for each request by the kind of route, without what is in its path. */
export function nameSpans(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    const span = trace.getActiveSpan();
    if (span !== undefined) {
      const route = routeOf(c.req.path);
      span.updateName(`${c.req.method} ${route}`);
      span.setAttribute("http.route", route);
    }
    await next();
  };
}

/**
 * Has counters and gauges exported from now on, read anew each time. Not histograms: those who count
 * for themselves cannot hand theirs over, and `/metrics` has them.
 */
export function exportMetrics(read: () => readonly Family[]): void {
  const meter = metrics.getMeter("peerlens", APP_VERSION);
  const known = new Set<string>();
  /** Families come later too: with the first heartbeat of the inference process. */
  const take = (families: readonly Family[]) => {
    for (const { kind, name, help: description } of families) {
      if (kind === "histogram" || known.has(name)) continue;
      known.add(name);
      const instrument = kind === "counter"
        ? meter.createObservableCounter(name, { description })
        : meter.createObservableGauge(name, { description });
      instrument.addCallback((result) => {
        const now = read();
        take(now);
        for (const family of now) {
          if (family.kind === "histogram" || family.name !== name) continue;
          for (const { labels, value } of family.samples) result.observe(value, labels);
        }
      });
    }
  };
  take(read());
}
