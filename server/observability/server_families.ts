import { type BucketCounts, LAG_BOUNDS_MS } from "../base/bucket_counts.ts";
import type { Listeners } from "../base/listen.ts";
import type { StallHistogram } from "../base/event_loop.ts";
import type { SignalHub } from "../rooms/hub.ts";
import { by, counter, type Family, gauge, histogram, type Labels } from "./family.ts";
import type { HttpCounts } from "./http_counts.ts";

/** What the server's own process is asked. */
export interface ServerSources {
  readonly hub: Pick<SignalHub, "counts" | "peersByRole" | "signals">;
  readonly http: Pick<HttpCounts, "read">;
  readonly log: { readonly leftOut: number };
  /** `null`: nothing listens. */
  readonly listeners: Pick<Listeners, "connections" | "halfRead" | "cuts"> | null;
  /** `null`: not measured. */
  readonly stalls: Pick<StallHistogram, "lagMs"> | null;
  /** Of the server's process. */
  readonly usage: () => ProcessUsage;
  /** What is running, for `peerlens_build_info`. */
  readonly build: Labels;
}

/** What a process has taken so far. */
export interface ProcessUsage {
  readonly rssBytes: number;
  /** Processor time of all threads. */
  readonly cpuMs: number;
  readonly uptimeMs: number;
}

/** Label of the process that serves pages and signalling. */
const SERVER = { process: "server" };

/** Metrics of rooms, signalling, HTTP and the server's own process. */
export function serverFamilies(
  { hub, http, listeners, log, stalls, usage, build }: ServerSources,
): Family[] {
  const { rooms, sessions, bulkLinks, connections } = hub.counts();
  const { received, refused } = hub.signals.read();
  const { rssBytes, cpuMs, uptimeMs } = usage();
  return [
    gauge("peerlens_build_info", "What is running; always 1", [{ labels: build, value: 1 }]),
    gauge("peerlens_uptime_seconds", "Since the server's process started", uptimeMs / 1000),
    gauge("peerlens_rooms", "Rooms held now, empty ones too", rooms),
    gauge("peerlens_peers", "Peers in rooms now", by("role", Object.entries(hub.peersByRole()))),
    gauge(
      "peerlens_links",
      "Links of pages open now: control for signalling, bulk for frames and relayed pictures",
      by("kind", [["control", sessions], ["bulk", bulkLinks]]),
    ),
    gauge("peerlens_connections", "WebSockets and streamed answers open now", connections),
    ...(listeners === null ? [] : listenerFamilies(listeners)),
    counter(
      "peerlens_link_records_lost_total",
      "Records with frames that were over the rate of their link, or found no room",
      hub.signals.recordsLost,
    ),
    counter(
      "peerlens_signal_messages_total",
      "Signalling messages that were well-formed, by kind",
      by("type", received),
    ),
    counter(
      "peerlens_signal_refusals_total",
      "What links were refused, by cause",
      by("code", refused),
    ),
    counter(
      "peerlens_http_requests_total",
      "Answers to HTTP requests, by kind of route and status",
      http.read().map(({ route, status, count }) => ({ labels: { route, status }, value: count })),
    ),
    counter(
      "peerlens_log_lines_left_out_total",
      "Lines of the log that were too many of one cause",
      log.leftOut,
    ),
    gauge("peerlens_process_resident_memory_bytes", RSS_HELP, [{
      labels: SERVER,
      value: rssBytes,
    }]),
    counter("peerlens_process_cpu_seconds_total", CPU_HELP, [
      { labels: SERVER, value: cpuMs / 1000 },
    ]),
    ...(stalls === null ? [] : [lagFamily(SERVER, stalls.lagMs)]),
  ];
}

function listenerFamilies({ connections, halfRead }: NonNullable<ServerSources["listeners"]>) {
  return [
    gauge("peerlens_tcp_connections", "Connections open now, of whatever kind", connections.total),
    counter(
      "peerlens_tcp_connections_refused_total",
      "Connections that were closed at once, as their address or all together had too many",
      by("cause", Object.entries(connections.refused)),
    ),
    gauge(
      "peerlens_half_read_bytes",
      "Bytes kept of messages and bodies that have not come whole, past 64 KiB of each",
      halfRead.total,
    ),
    counter(
      "peerlens_half_read_refused_total",
      "Messages and bodies that were not taken, as their address or all together kept too much",
      by("cause", Object.entries(halfRead.refused)),
    ),
  ];
}

/** How late ticks of a process's event loop came. */
export function lagFamily(labels: Labels, buckets: BucketCounts): Family {
  const help = "How late a tick of the event loop came, looked at every 20 ms, by process";
  return histogram("peerlens_event_loop_lag_ms", help, LAG_BOUNDS_MS, [{ labels, buckets }]);
}

/** Help of families that both processes have. */
export const RSS_HELP = "Resident memory, by process";
export const CPU_HELP = "Processor time of all threads, by process";
