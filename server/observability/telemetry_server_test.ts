import assert from "node:assert/strict";
import { joinOf, newRoom, PageClient } from "../link/testing/link_clients.ts";
import { ServerProcess } from "../testing/server_process.ts";

/** Deno's own OpenTelemetry exporter against a stand-in for a collector, which takes OTLP as JSON. */

interface Attribute {
  readonly key: string;
  readonly value: { readonly stringValue?: string };
}
interface Span {
  readonly name: string;
  readonly attributes: readonly Attribute[];
}
interface LogRecord {
  readonly severityText: string;
  readonly body: { readonly stringValue: string };
}
interface Point {
  readonly asDouble?: number;
  readonly asInt?: string;
  readonly attributes: readonly Attribute[];
}
interface Metric {
  readonly name: string;
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly sum?: { readonly dataPoints: readonly Point[]; readonly isMonotonic: boolean };
}

/** Keeps what it is sent. */
class Collector implements AsyncDisposable {
  readonly spans: Span[] = [];
  readonly logs: LogRecord[] = [];
  readonly metrics: Metric[] = [];
  readonly services = new Set<string>();
  /** Everything, as it came. */
  text = "";
  readonly #server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      this.#take(await request.text());
      return Response.json({});
    },
  );

  get endpoint(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async until(holds: () => boolean): Promise<void> {
    for (let tries = 0; !holds(); tries++) {
      assert.ok(tries < 600, this.text.slice(-2_000));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }

  #take(text: string): void {
    this.text += text;
    const { resourceSpans = [], resourceLogs = [], resourceMetrics = [] } = JSON.parse(text);
    for (const { resource } of [...resourceSpans, ...resourceLogs, ...resourceMetrics]) {
      const name = resource.attributes.find(({ key }: Attribute) => key === "service.name");
      this.services.add(name.value.stringValue);
    }
    for (const { scopeSpans } of resourceSpans) {
      for (const { spans } of scopeSpans) this.spans.push(...spans);
    }
    for (const { scopeLogs } of resourceLogs) {
      for (const { logRecords } of scopeLogs) this.logs.push(...logRecords);
    }
    for (const { scopeMetrics } of resourceMetrics) {
      for (const { metrics } of scopeMetrics) this.metrics.push(...metrics);
    }
  }
}

function telemetryTo({ endpoint }: Collector, console: string): Record<string, string> {
  return {
    OTEL_DENO: "true",
    OTEL_DENO_CONSOLE: console,
    OTEL_SERVICE_NAME: "peerlens",
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
    OTEL_METRIC_EXPORT_INTERVAL: "300",
    OTEL_BSP_SCHEDULE_DELAY: "300",
    OTEL_BLRP_SCHEDULE_DELAY: "300",
  };
}

Deno.test("a server with OTEL_DENO sends spans, log and metrics to a collector, and keys to nobody", async () => {
  await using collector = new Collector();
  const env = telemetryTo(collector, "replace");
  await using server = new ServerProcess(["--no-qr"], { env });
  const origin = await server.origin();
  const room = newRoom();
  await using _owner = await PageClient.join(origin, joinOf(room, "owner"));
  await (await fetch(`${origin}/healthz`)).body?.cancel();
  const headers = { authorization: `Bearer ${room.tokens.viewer}` };
  await (await fetch(`${origin}/api/rooms/x/detections`, { headers })).body?.cancel();

  for (const wanted of ["GET health", "GET rooms"]) {
    await collector.until(() => collector.spans.some(({ name }) => name === wanted));
  }
  await collector.until(() =>
    collector.logs.some(({ body }) => /room created/.test(body.stringValue))
  );
  const roomsNow = () =>
    collector.metrics.flatMap(({ name, gauge }) =>
      name === "peerlens_rooms" ? gauge!.dataPoints : []
    )
      .some(({ asDouble, asInt }) => asDouble === 1 || asInt === "1");
  await collector.until(roomsNow);

  // Deno's own are there too, and the kind of route is told.
  await collector.until(() =>
    collector.metrics.some(({ name }) => name === "http.server.request.duration")
  );
  const span = collector.spans.find(({ name }) => name === "GET rooms")!;
  const route = span.attributes.find(({ key }) => key === "http.route");
  assert.equal(route?.value.stringValue, "rooms");
  const joins = collector.metrics.filter(({ name }) => name === "peerlens_signal_messages_total");
  assert.ok(joins.every(({ sum }) => sum?.isMonotonic));
  const { severityText, body } = collector.logs.find((each) =>
    /listening/.test(each.body.stringValue)
  )!;
  assert.equal(severityText, "INFO");
  // The same line as on standard error, where it still is.
  assert.ok(server.log.includes(body.stringValue.trimEnd()), server.log.join("\n"));
  assert.deepEqual([...collector.services], ["peerlens"]);
  for (const secret of Object.values(room.tokens)) assert.ok(!collector.text.includes(secret));

  const { code, out } = await server.stop("SIGTERM");
  assert.equal(code, 0);
  assert.ok(!out.includes('"event"'), "The log is not on standard output");
});

Deno.test("a server with OTEL_DENO alone prints each line of its log once", async () => {
  await using collector = new Collector();
  const env = telemetryTo(collector, "capture");
  await using server = new ServerProcess(["--no-qr"], { env });
  await server.says(/"event":"listening"/);
  await collector.until(() => collector.logs.length > 0);
  const { out, log } = await server.stop("SIGTERM");
  assert.equal([...`${out}${log}`.matchAll(/"event":"listening"/g)].length, 1);
});

Deno.test("a server without OTEL_DENO sends nothing, wherever a collector is", async () => {
  await using collector = new Collector();
  const env = { ...telemetryTo(collector, "replace"), OTEL_DENO: "false" };
  await using server = new ServerProcess(["--no-qr"], { env });
  await (await fetch(`${await server.origin()}/healthz`)).body?.cancel();
  await server.stop("SIGTERM");
  assert.equal(collector.text, "");
});
