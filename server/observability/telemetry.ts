import { metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../base/security.ts";
import { APP_VERSION } from "../base/version.ts";
import type { Family } from "./family.ts";
import { routeOf } from "./http_counts.ts";

// The only importer of OpenTelemetry's API. What it is given goes out through Deno's own exporter when
// `OTEL_DENO` is true, and nowhere otherwise.

/**
 * A span for each request, by the kind of route and without what is in its path. The one that Deno opens
 * beside it is named by the method alone: it is not there yet when a request comes to us.
 */
export function traceRequests(): MiddlewareHandler<AppEnv> {
  const tracer = trace.getTracer("peerlens", APP_VERSION);
  return async (c, next) => {
    const { method } = c.req;
    const route = routeOf(c.req.path);
    const attributes = { "http.request.method": method, "http.route": route };
    const options = { kind: SpanKind.SERVER, attributes };
    await tracer.startActiveSpan(`${method} ${route}`, options, async (span) => {
      await next();
      span.setAttribute("http.response.status_code", c.res.status);
      if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    });
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
