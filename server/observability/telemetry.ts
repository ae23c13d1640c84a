import { metrics, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { MiddlewareHandler } from "hono";
import type { AppEnv } from "../base/security.ts";
import { APP_VERSION } from "../base/version.ts";
import type { Family } from "./family.ts";
import { routeOf } from "./http_counts.ts";

// The only importer of OpenTelemetry's API. What it is given goes out through Deno's own exporter when
// `OTEL_DENO` is true, and nowhere otherwise.

/**
 * A span and a duration for each request, by the kind of route: nothing that is in its path, its query or
 * its host. Our own listeners are not among those that Deno itself watches.
 */
export function traceRequests(): MiddlewareHandler<AppEnv> {
  const tracer = trace.getTracer("peerlens", APP_VERSION);
  const durationS = metrics.getMeter("peerlens", APP_VERSION).createHistogram(
    "http.server.request.duration",
    { unit: "s", description: "Duration of HTTP requests" },
  );
  return async (c, next) => {
    const startMs = performance.now();
    const { method } = c.req;
    const route = routeOf(c.req.path);
    const asked = { "http.request.method": method, "http.route": route };
    await tracer.startActiveSpan(
      `${method} ${route}`,
      { kind: SpanKind.SERVER, attributes: asked },
      async (span) => {
        await next();
        const answered = { "http.response.status_code": c.res.status };
        span.setAttributes(answered);
        if (c.res.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
        span.end();
        durationS.record((performance.now() - startMs) / 1000, { ...asked, ...answered });
      },
    );
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
