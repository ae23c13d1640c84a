import { round, roundOrNull } from "../result_file.ts";
import type { ScenarioRun } from "./scenario.ts";
import { total } from "./processes.ts";
import { jain, summarise, type Summary, thin } from "./stats.ts";
import { addUp, sum } from "../sums.ts";

/** Results kept raw, of each stream. */
const SAMPLES_PER_STREAM = 20;

/** Columns of a raw sample, ms. */
export const SAMPLE_COLUMNS = ["server", "queue", "run", "round_trip"] as const;

/** A scenario as the file has it. Times in ms; `null`: not measured. */
export type ScenarioReport = ReturnType<typeof reportScenario>;

/** Sums one load up. */
export function reportScenario({ plan, elapsedMs, streams, health, cpu, stallsMs }: ScenarioRun) {
  const seconds = elapsedMs / 1000;
  const perStream = streams.map(({ processed }) => processed / seconds);
  const processed = sum(streams.map((stream) => stream.processed));
  const columns = [...new Set(streams.flatMap((stream) => Object.keys(stream.columns)))];
  const summaries: Record<string, Summary | null> = Object.fromEntries(
    columns.map((column) => [
      column,
      rounded(summarise(streams.flatMap((stream) => stream.columns[column] ?? []))),
    ]),
  );
  const { server = null, queue = null, round_trip: roundTrip = null, ...stages } = summaries;
  const dropped: Record<string, number> = {
    ...addUp(streams.map(({ drops }) => drops)),
    // At the sender: never sent, and sent but never answered.
    replaced: sum(streams.map(({ replaced }) => replaced)),
    unanswered: sum(streams.map(({ lost }) => lost)),
  };
  const before = health.before.inference?.process;
  const after = health.after.inference?.process;
  return {
    streams: plan.streams,
    load: plan.fps === null ? "window" : "offered",
    "offered_fps": plan.fps,
    seconds: round(seconds),
    "fps_per_stream": perStream.map(round),
    "fps_total": round(processed / seconds),
    fairness: roundOrNull(jain(perStream), 4),
    "server_ms": server,
    "queue_ms": queue,
    "round_trip_ms": roundTrip,
    "stages_ms": stages,
    dropped,
    bytes: {
      sent: sum(streams.map(({ bytesSent }) => bytesSent)),
      received: sum(streams.map(({ bytesReceived }) => bytesReceived)),
    },
    "rss_mb": {
      start: before ? round(before.rssBytes / 2 ** 20) : null,
      end: after ? round(after.rssBytes / 2 ** 20) : null,
    },
    "inference_stall_ms": {
      median: roundOrNull(summarise(stallsMs)?.median ?? null),
      max: stallsMs.length === 0 ? null : round(Math.max(...stallsMs)),
    },
    "cpu_percent": cpu && {
      main: round(total(cpu.main) / elapsedMs * 100),
      inference: round(total(cpu.inference) / elapsedMs * 100),
      generators: round(total(cpu.generators) / elapsedMs * 100),
      others: roundOrNull(cpu.others === null ? null : cpu.others / elapsedMs * 100),
    },
    "cpu_ms_per_frame": cpu === null || processed === 0 ? null : {
      lanes: round(cpu.inference.lanes / processed),
      messages: round(cpu.inference.main / processed),
      rtc: round(cpu.inference.rtc / processed),
      rest: round(cpu.inference.rest / processed),
      control: round(total(cpu.main) / processed),
    },
    samples: streams.map(({ columns, processed }) =>
      thin(Array.from({ length: processed }, (_, at) => at), SAMPLES_PER_STREAM)
        .map((at) => SAMPLE_COLUMNS.map((column) => roundOrNull(columns[column]?.[at] ?? null)))
    ),
  };
}

function rounded(summary: Summary | null): Summary | null {
  if (summary === null) return null;
  return { ...summary, median: round(summary.median), p95: round(summary.p95) };
}
