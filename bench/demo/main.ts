/**
 * ENTRY of `deno task demo-video`: a video of phone and viewer, recorded from the real pages.
 *
 * @module
 */
import type { Metrics } from "@/protocol";
import { needChromium } from "../chromium.ts";
import { namedFromHere, runCommand } from "../command.ts";
import { interruptible } from "../interrupt.ts";
import { bar } from "../progress.ts";
import { note } from "../screen.ts";
import { drawCards } from "./cards.ts";
import { compose } from "./compose.ts";
import { DEFAULTS, type DemoConfig, FLAGS, HELP } from "./config.ts";
import { needFfmpeg } from "./ffmpeg.ts";
import { openStage, recordScenes, type RecordTools } from "./record.ts";
import { FPS, type Scene, scenesFor, toVtt } from "./script.ts";
import { runsOf } from "./timeline.ts";

function main(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async (given) => {
    const config = namedFromHere({ ...DEFAULTS, ...given });
    const paths = await interruptible((tools) => makeVideo(config, { ...tools, note }));
    return `Written to ${paths.join(" and ")}\n`;
  });
}

/** Video and captions, each whole or not there. @returns Their paths. @throws {Error} With the reason. */
async function makeVideo(config: DemoConfig, tools: RecordTools): Promise<string[]> {
  const { stack, signal } = tools;
  needChromium();
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
