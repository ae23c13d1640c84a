import { MAX_FRAMES_IN_FLIGHT } from "@/protocol";
import { OTHER_MODELS, ROOT, startServer } from "../server.ts";
import { type App, meetApp, readHealth } from "./app.ts";
import { affinityOf, findApp, pin } from "./processes.ts";
import { type FrameSize, makeRecording, type RecordingFiles } from "./recording.ts";
import { roundOrNull } from "../result_file.ts";
import { reportScenario, SAMPLE_COLUMNS } from "./report.ts";
import { measureSaturation } from "./saturation.ts";
import { type Bench, runScenario } from "./scenario.ts";
import { parseCpuList, splitCpus } from "./stats.ts";

/** What is measured, complete. */
export interface LoadConfig {
  /** How long each scenario is measured. */
  readonly seconds: number;
  /** Numbers of streams, one after the other. */
  readonly streams: readonly number[];
  /**
   * Ids of models: the first for all scenarios, the others at saturation only. None: the app's own
   * choice.
   */
  readonly models: readonly string[];
}

/** Frames a second that a stream offers where it goes by a clock: the low profile's rate. */
export const OFFERED_FPS = 15;

/** The figures, as the file has them. */
export type LoadReport = Awaited<ReturnType<typeof measureLoad>>;

/** Of a camera in the default profile. */
const CAMERA: FrameSize = { widthPx: 640, heightPx: 480 };

/**
 * Starts the app, measures it, and ends it.
 * @param note Takes progress, a line at a time.
 * @throws {Error} If something does not start or answer.
 */
export async function measureLoad(config: LoadConfig, note: (text: string) => void) {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "peerlens-load-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const recordFor = (model: App["model"]) => makeRecording(fit(CAMERA, model.input), folder);

  // The app inherits its CPUs from this process, which then makes way for it.
  const affinity = await affinityOf(Deno.pid);
  const cpus = affinity === null ? null : splitCpus(parseCpuList(affinity));
  if (affinity !== null) stack.defer(() => pin(Deno.pid, affinity));
  if (cpus !== null) await pin(Deno.pid, cpus.app.join(","));
  note("starting the app");
  const [modelId = null] = config.models;
  const model = modelId === null ? [] : ["--model", modelId];
  const server = stack.use(
    await startServer({
      models: OTHER_MODELS,
      flags: ["--mode", "server", "--ep", "cpu", ...model],
    }),
  );
  if (cpus !== null) await pin(Deno.pid, cpus.generators.join(","));
  const app = await meetApp(server, { modelId, find: findApp });
  const frames = await recordFor(app.model);
  const bench: Bench = { app, recording: frames.recording, cpus };

  const models = modelsOf(app, config);

  const scenarios = await measureScenarios(bench, config, note);
  // Before onnxruntime alone, which is nothing that the app would have to live with, takes its CPU.
  const { eventLoop } = await readHealth(app.origin);
  const saturation = [];
  for (const each of models) {
    // A square frame would have an open model run at a larger input than it does alone.
    const fitting = await recordFor(each);
    const variants = [MAX_FRAMES_IN_FLIGHT, 1]
      .map((windowFrames) => ({ frames: fitting, windowFrames }));
    const modelPath = await findModel(each.file);
    const { seconds } = config;
    const plan = { model: each, modelPath, seconds, variants, note };
    saturation.push(await measureSaturation(bench, plan));
  }
  return {
    cpus: cpus ?? { app: null, generators: null },
    model: app.model.id,
    layout: app.layout,
    frames: framesReport(frames),
    "overhead_ms": roundOrNull(overheadMs(scenarios)),
    // Of the main process, over all scenarios and what is between them.
    "main_stall_ms": eventLoop && {
      p99: roundOrNull(eventLoop.p99Ms),
      max: roundOrNull(eventLoop.maxMs),
    },
    saturation,
    "sample_columns_ms": SAMPLE_COLUMNS,
    scenarios,
  };
}

async function measureScenarios(
  bench: Bench,
  { streams, seconds }: LoadConfig,
  note: (text: string) => void,
) {
  const plans = streams.flatMap((count) =>
    [OFFERED_FPS, null].map((fps) => ({ streams: count, fps, seconds }))
  );
  const reports = [];
  for (const [at, plan] of plans.entries()) {
    const rate = plan.fps === null ? "by the window" : `${plan.fps} fps each`;
    note(`scenario ${at + 1} of ${plans.length}: ${plan.streams} streams, ${rate}`);
    reports.push(reportScenario(await runScenario(bench, plan)));
  }
  return reports;
}

/** What the server adds to the model's run, with one stream and nothing else to do. */
function overheadMs(scenarios: Awaited<ReturnType<typeof measureScenarios>>): number | null {
  const lone = scenarios.find(({ streams, load }) => streams === 1 && load === "offered");
  const run = lone?.stages_ms["run"];
  return lone?.server_ms && run ? lone.server_ms.median - run.median : null;
}

function framesReport({ recording, meanJpegBytes }: RecordingFiles) {
  const { widthPx, heightPx, files } = recording;
  return {
    "width_px": widthPx,
    "height_px": heightPx,
    count: files.length,
    "mean_jpeg_bytes": meanJpegBytes,
  };
}

/** @throws {Error} If one is not there. */
function modelsOf(app: App, { models }: LoadConfig): App["model"][] {
  if (models.length === 0) return [app.model];
  return models.map((id) => {
    const model = app.models.find((candidate) => candidate.id === id);
    if (model === undefined) throw new Error(`Cannot run ${id}: not there`);
    return model;
  });
}

/** A camera's frame, scaled down to a model's input as viewers do it. */
function fit(frame: FrameSize, bound: FrameSize): FrameSize {
  const scale = Math.min(bound.widthPx / frame.widthPx, bound.heightPx / frame.heightPx);
  return {
    widthPx: Math.round(frame.widthPx * scale),
    heightPx: Math.round(frame.heightPx * scale),
  };
}

/** The model's file, in the app's own folder or those of PEERLENS_MODELS. */
async function findModel(file: string): Promise<string> {
  const others = (Deno.env.get("PEERLENS_MODELS") ?? "").split(":").filter((path) => path !== "");
  for (const folder of [`${ROOT}/models`, ...others]) {
    const path = `${folder}/${file}`;
    if (await Deno.stat(path).then((stat) => stat.isFile, () => false)) return path;
  }
  throw new Error(`Cannot find ${file} in models or PEERLENS_MODELS`);
}
