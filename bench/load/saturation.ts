import { type App, settingsOf } from "./app.ts";
import { type Alone, runAlone } from "./alone.ts";
import type { RecordingFiles } from "./recording.ts";
import { round, roundOrNull } from "../result_file.ts";
import { reportScenario } from "./report.ts";
import { type Bench, runScenario, type ScenarioRun } from "./scenario.ts";
import { median } from "../../client/base/quantiles.ts";
import { quietRatios } from "./stats.ts";

/** Streams that keep the app busy all the time: each has a frame waiting while another is in work. */
const STREAMS = 4;

/** Those to be compared take turns, so that a busy moment of the computer hits all alike. */
const ROUNDS = 4;

/** How the app is brought to saturation. */
export interface SaturationPlan {
  readonly model: App["model"];
  /** Where the model's file is. */
  readonly modelPath: string;
  readonly seconds: number;
  readonly variants: readonly {
    readonly frames: RecordingFiles;
    /** Of each stream. */
    readonly windowFrames: number;
  }[];
  readonly note: (text: string) => void;
}

/** The app at saturation against the runtime alone. */
export type SaturationReport = Awaited<ReturnType<typeof measureSaturation>>;

/** Measures the app with each variant, and onnxruntime alone, in turn. */
export async function measureSaturation(bench: Bench, plan: SaturationPlan) {
  const { model, seconds, variants } = plan;
  const alone: Alone[] = [];
  const runs: ScenarioRun[][] = variants.map(() => []);
  for (let at = 1; at <= ROUNDS; at++) {
    plan.note(`saturation with ${model.id}, round ${at} of ${ROUNDS}`);
    alone.push(await runAlone(bench, plan));
    for (const [index, { frames, windowFrames }] of variants.entries()) {
      const { recording } = frames;
      const load = { streams: STREAMS, fps: null, seconds, windowFrames, recording };
      runs[index]!.push(await runScenario(bench, { ...load, settings: settingsOf(model) }));
    }
  }
  return {
    model: model.id,
    streams: STREAMS,
    alone: {
      "runs_per_second": alone.map(({ runsPerSecond }) => round(runsPerSecond)),
      "run_ms": middle(alone.map(({ runMs }) => runMs)),
      "cpu_ms": middle(alone.map(({ cpuMsPerRun }) => cpuMsPerRun)),
      "others_cpu_percent": alone.map(({ othersPercent }) => roundOrNull(othersPercent)),
    },
    variants: variants.map(({ frames, windowFrames }, index) => ({
      "width_px": frames.recording.widthPx,
      "height_px": frames.recording.heightPx,
      "mean_jpeg_bytes": frames.meanJpegBytes,
      "window_frames": windowFrames,
      ...reportVariant(runs[index]!, alone),
    })),
  };
}

function reportVariant(runs: readonly ScenarioRun[], alone: readonly Alone[]) {
  const reports = runs.map(reportScenario);
  const others = reports.map(({ cpu_percent }) => cpu_percent?.others ?? null);
  const ratios = quietRatios(reports.map((report, at) => ({
    app: report.fps_total,
    alone: alone[at]!.runsPerSecond,
    othersPercent: [others[at]!, alone[at]!.othersPercent],
  })));
  const cpu = (kind: keyof NonNullable<typeof reports[0]["cpu_ms_per_frame"]>) =>
    middle(reports.map(({ cpu_ms_per_frame }) => cpu_ms_per_frame?.[kind]));
  const cpuMs = middle(
    reports.map(({ cpu_ms_per_frame }) =>
      cpu_ms_per_frame && Object.values(cpu_ms_per_frame).reduce((sum, ms) => sum + ms, 0)
    ),
  );
  const stages = Object.keys(reports[0]!.stages_ms);
  const superseded = reports.map(({ dropped, fps_total, seconds }) =>
    (dropped["superseded"] ?? 0) / (fps_total * seconds)
  );
  return {
    fps: reports.map(({ fps_total }) => fps_total),
    // Of the rounds without much company; null when there was none.
    ratio: middle(ratios),
    "rounds_counted": ratios.length,
    // The same from CPU time alone, which what others do on these CPUs touches less.
    "ratio_cpu": cpuMs === null ? null : round(middleOf(alone) / cpuMs),
    // Frames that came and were overtaken while they waited, for each one processed.
    "superseded_per_frame": middle(superseded),
    "others_cpu_percent": others,
    // Of one frame: stages by the clock, everything as CPU time.
    "stages_ms": Object.fromEntries(
      stages.map((
        stage,
      ) => [stage, middle(reports.map(({ stages_ms }) => stages_ms[stage]?.median))]),
    ),
    "cpu_ms": {
      lanes: cpu("lanes"),
      messages: cpu("messages"),
      rtc: cpu("rtc"),
      rest: cpu("rest"),
      control: cpu("control"),
    },
    "json_ms": roundOrNull(jsonMs(runs[0]!), 4),
  };
}

function middleOf(alone: readonly Alone[]): number {
  return median(alone.map(({ cpuMsPerRun }) => cpuMsPerRun))!;
}

function middle(values: readonly (number | null | undefined)[]): number | null {
  return roundOrNull(median(values.filter((value) => typeof value === "number")));
}

/** What it takes to write a typical result as JSON, ms: measured here, as the app does not time it. */
function jsonMs({ streams }: ScenarioRun): number | null {
  const text = streams.map(({ lastResult }) => lastResult).find((result) => result !== null);
  if (text === undefined || text === null) return null;
  const result = JSON.parse(text);
  const count = 5_000;
  let chars = 0;
  const startedMs = performance.now();
  for (let at = 0; at < count; at++) chars += JSON.stringify(result).length;
  return chars === 0 ? null : (performance.now() - startedMs) / count;
}
