import { median } from "../../client/base/quantiles.ts";
import { initVision } from "../../crates/vision/mod.ts";
import { openBrowser } from "../browser.ts";
import { runCommand, wholeNumber } from "../command.ts";
import { servePage } from "../page_server.ts";
import { writeFigures } from "../result_file.ts";
import {
  budgets,
  medians,
  type PageResult,
  ratios,
  type TrackerSamples,
  type Verdict,
  type VisionBenchConfig,
} from "./samples.ts";
import { followerWork } from "./follower_work.ts";
import { timed } from "./timed.ts";
import { trackerFrames } from "./tracker_frames.ts";

/**
 * Measures the Rust core in a real Chromium, against itself and against the models it serves.
 *
 * @module
 */

const DEFAULT_CONFIG: VisionBenchConfig = { rounds: 30, batch: 5, trackerBatch: 10 };
const MODELS = {
  "/models/yolox.onnx": "yolox-nano-416.onnx",
  "/models/yolov8.onnx": "yolov8n-640-int8.onnx",
};

const HELP = `Measures the Rust core in Chromium, tracker and follower also in Deno, and writes
bench/results/vision.json.

  deno task bench vision [--rounds 30]

The models ${Object.values(MODELS).join(" and ")} are looked for in
the folders that PEERLENS_MODELS names, separated by colons.
`;

/** See {@linkcode HELP}. @returns The exit code: 1 when a target is missed, too. */
export function run(args: readonly string[]): Promise<number> {
  const command = { help: HELP, flags: { rounds: wholeNumber(1, 9999) } };
  return runCommand(args, command, (given) => measureAll({ ...DEFAULT_CONFIG, ...given }));
}

async function measureAll(config: VisionBenchConfig) {
  const models: Record<string, string> = {};
  for (const [path, name] of Object.entries(MODELS)) models[path] = await findModel(name);
  const result = await measure(models, config);
  const denoSamples = await measureTracker(config);
  const ms = medians(result.page.samplesMs);
  const denoMs = medians(denoSamples);
  const found = ratios(ms);
  const [inBrowser, inDeno] = [budgets(ms), budgets(denoMs)];
  const written = await writeFigures("vision", {
    browser: result.browser,
    threads: result.page.threads,
    "cross_origin_isolated": result.page.crossOriginIsolated,
    config,
    "boxes_after_nms": result.page.detections,
    "medians_ms": ms,
    "deno_medians_ms": denoMs,
    ratios: found,
    budgets: { browser: inBrowser, deno: inDeno },
    "samples_ms": result.page.samplesMs,
    "deno_samples_ms": denoSamples,
  });
  const verdicts = [...found, ...inBrowser, ...inDeno];
  const text = `${table(result.page, denoSamples, verdicts)}${written}`;
  return { text, code: verdicts.every(({ met }) => met) ? 0 : 1 };
}

/** The first file of that name in the folders of PEERLENS_MODELS. @throws {Error} If there is none. */
async function findModel(name: string): Promise<string> {
  for (const folder of (Deno.env.get("PEERLENS_MODELS") ?? "").split(":")) {
    const path = `${folder}/${name}`;
    if (folder !== "" && await Deno.stat(path).then((stat) => stat.isFile, () => false)) {
      return path;
    }
  }
  throw new Error(`Cannot find ${name} in PEERLENS_MODELS`);
}

async function measure(
  models: Readonly<Record<string, string>>,
  config: VisionBenchConfig,
): Promise<{ page: PageResult; browser: string }> {
  await using server = await servePage(new URL("page.ts", import.meta.url), models);
  await using browser = await openBrowser({ role: "viewer" });
  await browser.page.goto(server.origin);
  const page = await browser.page.evaluate(
    (config) =>
      (globalThis as unknown as {
        runVisionBench(config: VisionBenchConfig): Promise<PageResult>;
      }).runVisionBench(config),
    config,
  );
  return { page, browser: page.userAgent };
}

/** The tracker and the follower in this process: wasm32 as the server runs it. */
async function measureTracker(config: VisionBenchConfig): Promise<TrackerSamples> {
  await initVision();
  const work = { tracker10: trackerFrames(10), tracker100: trackerFrames(100), ...followerWork() };
  const samples: TrackerSamples = {
    ...{ tracker10: [], tracker100: [] },
    ...{ followFrame: [], followStep: [], followCatchUp: [] },
  };
  for (let round = -1; round < config.rounds; round++) {
    for (const name of Object.keys(samples) as (keyof TrackerSamples)[]) {
      const took = timed(config.trackerBatch, work[name]);
      if (round >= 0) samples[name].push(took);
    }
  }
  return samples;
}

function table(
  { samplesMs, threads, detections }: PageResult,
  deno: TrackerSamples,
  verdicts: readonly Verdict[],
): string {
  const line = (name: string, value: string) => `  ${name.padEnd(44)}${value.padStart(12)}\n`;
  const row = (name: string, values: readonly number[]) =>
    line(name, `${median(values)!.toFixed(3)} ms`);
  const verdict = ({ name, value, target, met }: Verdict) => {
    const bound = "atLeast" in target ? `at least ${target.atLeast}` : `below ${target.below}`;
    return `${line(name, value.toFixed(3)).trimEnd()}   ${bound}: ${met ? "met" : "MISSED"}\n`;
  };
  return [
    `Medians of ${samplesMs.yoloxRun.length} rounds, ${threads} threads for the models\n`,
    row("letterbox 1280x720 I420 -> 416x416, SIMD", samplesMs.letterboxSimd),
    row("letterbox 1280x720 I420 -> 416x416, scalar", samplesMs.letterboxScalar),
    row("YOLOX-nano 416 run", samplesMs.yoloxRun),
    row(`decode + NMS, 84x8400, 1000 -> ${detections} boxes`, samplesMs.decodeAndNms),
    row("YOLOv8n 640 int8 run", samplesMs.yolov8Run),
    row("tracker, 10 objects", samplesMs.tracker10),
    row("tracker, 100 objects", samplesMs.tracker100),
    row("follower, a frame of 1280x720, one box", samplesMs.followFrame),
    row("follower, one box and frame", samplesMs.followStep),
    row("follower, 20 boxes over 10 frames", samplesMs.followCatchUp),
    row("follower, one box and frame, Deno", deno.followStep),
    row("follower, 20 boxes over 10 frames, Deno", deno.followCatchUp),
    row("tracker, 10 objects, Deno", deno.tracker10),
    row("tracker, 100 objects, Deno", deno.tracker100),
    "Targets\n",
    ...verdicts.map(verdict),
  ].join("");
}
