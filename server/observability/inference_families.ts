import { LATENCY_BOUNDS_MS } from "../base/bucket_counts.ts";
import type { Supervisor } from "../child/supervisor.ts";
import type { SupervisorState } from "../child/supervisor_state.ts";
import type {
  InferenceFacts,
  InferenceStats,
  InferenceTalk,
  InferenceTotals,
} from "../inference/ipc.ts";
import type { GatewayCounts, StreamGateway } from "../streams/gateway.ts";
import { by, counter, type Family, gauge, histogram, type Sample } from "./family.ts";
import { CPU_HELP, lagFamily, RSS_HELP } from "./server_families.ts";

/** What is asked of inference on this server. */
export interface InferenceSources {
  readonly gateway: Pick<StreamGateway, "counts" | "state">;
  /** `null`: no process was ever started. */
  readonly supervisor:
    | Pick<Supervisor<InferenceTalk>, "stats" | "totals" | "counts" | "restarts">
    | null;
}

/** Label of the inference process. */
const INFERENCE = { process: "inference" };

const STATES = [
  "starting",
  "ready",
  "restarting",
  "unable",
  "stopped",
] as const satisfies readonly SupervisorState["kind"][];

/** Metrics of server mode. Counts go on over restarts of the process; gauges are of the present one. */
export function inferenceFamilies({ gateway, supervisor }: InferenceSources): Family[] {
  const { state } = gateway;
  const counts = gateway.counts();
  const totals = supervisor?.totals ?? null;
  const stats = supervisor?.stats ?? null;
  return [
    gauge(
      "peerlens_inference_state",
      "1 for the state in which inference on this server is",
      by("state", STATES.map((kind) => [kind, kind === state.kind ? 1 : 0])),
    ),
    ...(state.kind === "ready" ? readyFamilies(state) : []),
    ...lostFamilies(counts, supervisor, totals),
    ...(supervisor === null ? [] : [counter(
      "peerlens_child_restarts_total",
      "Times that the inference process was replaced, by reason",
      by("reason", supervisor.restarts()),
    )]),
    ...(totals === null ? [] : totalFamilies(totals)),
    ...(stats === null ? [] : presentFamilies(stats)),
  ];
}

function readyFamilies(
  { facts }: Extract<SupervisorState<InferenceFacts>, { kind: "ready" }>,
): Family[] {
  const info = [{ labels: { provider: facts.executionProvider }, value: 1 }];
  return [
    gauge("peerlens_inference_info", "What runs the models; always 1", info),
    gauge("peerlens_inference_lanes", "Frames that can be examined at once", facts.sessions),
  ];
}

/** What both sides of the processes' border lost or refused; the child's part only once it is known. */
function lostFamilies(
  counts: GatewayCounts,
  supervisor: InferenceSources["supervisor"],
  totals: InferenceTotals | null,
): Family[] {
  const known = (values: readonly (readonly [string, number | undefined])[]) =>
    by(
      "cause",
      values.flatMap(([cause, count]) => count === undefined ? [] : [[cause, count] as const]),
    );
  return [
    counter(
      "peerlens_results_lost_total",
      "Results that did not reach a reader: its way was full or gone, a newer one overtook it " +
        "on a slow link, or a reader of the room's results was too slow",
      known([
        ["way-full", totals?.resultsUnsent],
        ["overtaken", counts.resultsLost],
        ["slow-reader", counts.watcherResultsLost],
      ]),
    ),
    counter(
      "peerlens_stream_messages_refused_total",
      "Messages of streams that were not looked at: not of their channel or too many of it, or more " +
        "than the inference process could read",
      known([
        ["not-allowed", totals?.messagesRefused],
        ["queue-full", supervisor?.counts.messagesDropped],
      ]),
    ),
  ];
}

function totalFamilies(totals: InferenceTotals): Family[] {
  const dropped = Object.entries(totals.framesDropped).map(([cause, value]): Sample => ({
    labels: { direction: "out", outcome: "dropped", cause },
    value,
  }));
  const frames: Sample[] = [
    { labels: { direction: "in", outcome: "received" }, value: totals.framesReceived },
    { labels: { direction: "out", outcome: "processed" }, value: totals.framesProcessed },
    ...dropped,
  ];
  return [
    counter(
      "peerlens_frames_total",
      "Frames that came in, and what they went out as; the difference is under way",
      frames,
    ),
    counter(
      "peerlens_stream_signals_refused_total",
      "Offers of viewers' connections that were not answered, and candidates that were not used",
      by("cause", Object.entries(totals.signalsRefused)),
    ),
    counter(
      "peerlens_stream_bytes_total",
      "Bytes of streams' messages, by direction",
      by("direction", [["in", totals.bytesReceived], ["out", totals.bytesSent]]),
    ),
    histogram(
      "peerlens_stage_latency_ms",
      "How long frames waited (queue) and each stage of the frame path lasted",
      LATENCY_BOUNDS_MS,
      Object.entries(totals.stagesMs).map(([stage, buckets]) => ({ labels: { stage }, buckets })),
    ),
    histogram(
      "peerlens_server_latency_ms",
      "From a frame's last byte to its detections",
      LATENCY_BOUNDS_MS,
      [{ labels: {}, buckets: totals.frameMs }],
    ),
    counter("peerlens_process_cpu_seconds_total", CPU_HELP, [
      { labels: INFERENCE, value: totals.cpuMs / 1000 },
    ]),
    lagFamily(INFERENCE, totals.lagMs),
  ];
}

function presentFamilies({ ways, rssBytes }: InferenceStats): Family[] {
  return [
    gauge(
      "peerlens_streams",
      "Streams open now, by what their newest message came over; none: nothing came yet",
      by("way", Object.entries(ways)),
    ),
    gauge("peerlens_process_resident_memory_bytes", RSS_HELP, [
      { labels: INFERENCE, value: rssBytes },
    ]),
  ];
}
