/**
 * ENTRY of `deno task demo-video`: a video of phone and viewer, recorded from the real pages.
 *
 * @module
 */
import { resolve } from "node:path";
import type { Metrics } from "@/protocol";
import { findChromium } from "../chromium.ts";
import { endEarly, INTERRUPTED, onInterrupt } from "../interrupt.ts";
import { note, say } from "../load/screen.ts";
import { bar } from "../metrics/progress.ts";
import { drawCards } from "./cards.ts";
import { compose } from "./compose.ts";
import { type DemoConfig, DemoUsageError, HELP, parseDemoArgs } from "./config.ts";
import { needFfmpeg } from "./ffmpeg.ts";
import { openStage, recordScenes, type RecordTools } from "./record.ts";
import { FPS, type Scene, scenesFor, toVtt } from "./script.ts";
import { runsOf } from "./timeline.ts";

async function main(args: readonly string[]): Promise<number> {
  let config: DemoConfig | null;
  try {
    config = parseDemoArgs(args);
  } catch (error) {
    if (!(error instanceof DemoUsageError)) throw error;
    return say(Deno.stderr, `${error.message}\n\n${HELP}`, 2);
  }
  if (config === null) return say(Deno.stdout, HELP, 0);
  config = withPaths(config);
  using interrupt = onInterrupt();
  const stack = new AsyncDisposableStack();
  try {
    const work = makeVideo(config, { stack, signal: interrupt.signal, note });
    // After an interruption nobody waits for it any more.
    work.catch(() => {});
    const paths = await Promise.race([work, interrupt.happened]);
    if (paths === "interrupted") {
      note("ending what was started …");
      await endEarly(work, stack);
      note("");
      return say(Deno.stderr, "Interrupted: nothing was written\n", INTERRUPTED);
    }
    await stack.disposeAsync();
    note("");
    return say(Deno.stdout, `Written to ${paths.join(" and ")}\n`, 0);
  } catch (error) {
    await stack.disposeAsync().catch(() => {});
    note("");
    return say(Deno.stderr, `${error instanceof Error ? error.message : error}\n`, 1);
  }
}

/** Files are named from where the command was given, which need not be where its task runs. */
function withPaths(config: DemoConfig): DemoConfig {
  const folder = Deno.env.get("INIT_CWD") ?? Deno.cwd();
  const { output, video } = config;
  return {
    ...config,
    output: resolve(folder, output),
    video: video === null ? null : resolve(folder, video),
  };
}

/** Video and captions, each whole or not there. @returns Their paths. @throws {Error} With the reason. */
async function makeVideo(config: DemoConfig, tools: RecordTools): Promise<string[]> {
  const { stack, signal } = tools;
  if (!findChromium()) {
    throw new Error("Cannot find Chromium: install it, or name one in PEERLENS_CHROMIUM");
  }
  await needFfmpeg();
  const folder = await Deno.makeTempDir({ prefix: "peerlens-demo-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const planned = scenesFor(config);
  // Ends before the encoding, which needs what CPU there is.
  await using running = stack.use(new AsyncDisposableStack());
  const opened = await openStage(config, { ...tools, stack: running });
  const recorded = await recordScenes(opened, planned, { ...tools, stack: running, folder });
  tools.note("drawing the captions …");
  const scenes = planned.map((scene) => withFigures(scene, recorded.metrics));
  const { scheme, output } = config;
  const cards = await drawCards(opened.viewer.context, { scenes, scheme, folder });
  await running.disposeAsync();
  signal.throwIfAborted();

  // What a card covers is not seen, so any time will do.
  const cuts = planned.flatMap((scene) =>
    recorded.cuts.get(scene) ?? [{ startMs: 0, ticks: scene.ticks }]
  );
  const phone = runsOf(recorded.phone, cuts, FPS);
  const viewer = runsOf(recorded.viewer, cuts, FPS);
  const draft = `${output}.${Deno.pid}.part`;
  stack.defer(() => Deno.remove(draft).catch(() => {}));
  await compose({ scenes, cards, phone, viewer }, {
    folder,
    output: draft,
    signal,
    onProgress(seconds) {
      const words = `${Math.floor(seconds)} of ${config.seconds} s`;
      tools.note(`${bar(seconds / config.seconds)} encoding, ${words}`);
    },
  });
  signal.throwIfAborted();
  const captions = `${output.replace(/\.webm$/i, "")}.vtt`;
  await Deno.rename(draft, output);
  await Deno.writeTextFile(captions, toVtt(scenes));
  return [output, captions];
}

/** Says what the file says that the video shows being saved. */
function withFigures(scene: Scene, metrics: Metrics | null): Scene {
  if (scene.id !== "export" || metrics === null) return scene;
  const { median_latency_ms: median, p95_latency_ms: p95, processed_fps: fps } = metrics;
  if (median === null || p95 === null || fps === null) return scene;
  const figures = `median ${median.toFixed(0)} ms, P95 ${p95.toFixed(0)} ms, ${fps.toFixed(1)} fps`;
  return { ...scene, caption: `The same figures as a file. Of this recording: ${figures}.` };
}

Deno.exit(await main(Deno.args));
