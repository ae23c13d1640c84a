import { setTimeout as pause } from "node:timers/promises";
import ndc from "node-datachannel";
import type { StreamSettings } from "@/protocol";
import { openLink } from "./link.ts";
import { LoadStream, type Recording, type StreamResult } from "./stream.ts";

/**
 * ENTRY of the process that makes the load, apart from the bench so that it has a CPU of its own:
 *
 *     deno run … bench/load/generator.ts '‹GeneratorConfig as JSON›'
 *
 * Says `measuring`, `measured` and the results, one JSON text a line.
 *
 * @module
 */

/** What load to make. */
export interface GeneratorConfig {
  readonly origin: string;
  readonly settings: StreamSettings;
  readonly streams: number;
  /** Frames a second that each stream offers; `null`: as many as its window lets through. */
  readonly fps: number | null;
  /** Frames of one stream on their way at most. */
  readonly windowFrames: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly recording: Omit<Recording, "jpegs"> & { readonly files: readonly string[] };
}

/** A line of the generator's output. */
export type GeneratorLine =
  | { readonly event: "measuring" }
  | { readonly event: "measured"; readonly elapsedMs: number }
  | { readonly event: "results"; readonly streams: readonly StreamResult[] };

/** A stream that goes by its window looks this often whether an answer is overdue. */
const GREEDY_TICK_MS = 100;

async function main(config: GeneratorConfig): Promise<void> {
  const { files, ...size } = config.recording;
  const jpegs = await Promise.all(files.map((file) => Deno.readFile(file)));
  const recording = { ...size, jpegs };
  // One after the other: the connections' handshakes are no part of what is measured.
  const links = [];
  for (let at = 0; at < config.streams; at++) links.push(await openLink(config));
  const isGreedy = config.fps === null;
  const { windowFrames } = config;
  const streams = links.map((link) => new LoadStream(link, recording, { isGreedy, windowFrames }));
  const tickMs = config.fps === null ? GREEDY_TICK_MS : 1000 / config.fps;
  const clocks = streams.map((stream, at) =>
    startClock(() => stream.tick(), tickMs, at / streams.length)
  );
  await pause(config.warmUpMs);
  say({ event: "measuring" });
  const startedMs = performance.now();
  for (const stream of streams) stream.begin();
  await pause(config.measureMs);
  const results = streams.map((stream) => stream.end());
  say({ event: "measured", elapsedMs: performance.now() - startedMs });
  for (const stop of clocks) stop();
  for (const link of links) link.close();
  say({ event: "results", streams: results });
  // Time for the last words on the sockets.
  await pause(100);
  ndc.cleanup();
}

/** Ticks that do not drift. @param phase Share of a period to begin after. */
function startClock(tick: () => void, periodMs: number, phase: number): () => void {
  let nextMs = performance.now() + phase * periodMs;
  let timer: ReturnType<typeof setTimeout>;
  const schedule = () => {
    timer = setTimeout(() => {
      tick();
      nextMs = Math.max(nextMs + periodMs, performance.now());
      schedule();
    }, Math.max(0, nextMs - performance.now()));
  };
  schedule();
  return () => clearTimeout(timer);
}

function say(line: GeneratorLine): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0]!));
  Deno.exit(0);
}
