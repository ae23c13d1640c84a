import process from "node:process";
import ndc from "node-datachannel";
import { initVision, Tracker } from "@/vision";
import { type ChildConfig, readChildConfig } from "./child_config.ts";
import { nowMs } from "../base/clock.ts";
import { LaneNeed } from "./calibration.ts";
import { Counters } from "./counters.ts";
import { Dispatcher } from "./dispatcher.ts";
import { decodeIpc, HEARTBEAT_MS, type IpcMessage } from "../child/ipc.ts";
import { IpcWriter } from "../child/ipc_writer.ts";
import { ESSENTIAL_MESSAGES, type FromChild, type InferenceFacts, type ToChild } from "./ipc.ts";
import { type LanePool, makePool } from "./lane_pool.ts";
import { ModelStore, type OfferedModels } from "./model_store.ts";
import { Pictures } from "./pictures.ts";
import { StallMeter } from "./stall_meter.ts";
import { Streams } from "./streams.ts";
import { TokenBucket } from "../base/token_bucket.ts";
import { ViewerConnection } from "./viewer_connection.ts";

/**
 * ENTRY of the inference process (data plane), a child of the server:
 *
 *     deno run ‹...CHILD_FLAGS› ‹...inferencePermissions(config)› server/inference/main.ts ‹JSON of ChildConfig›
 *
 * with, for example:
 *
 *     {"modelFolders": ["/…/models/"], "executionProvider": "auto",
 *      "rtcPorts": {"begin": 40000, "end": 40015}, "publicHost": null, "host": "0.0.0.0",
 *      "maxStreams": 16, "layout": {"sessions": 2, "threads": 1}}
 *
 * It speaks `ipc.ts` on its standard input and output, is told first which models there are, says `ready` or `unable` once, and ends when
 * its input does. Here, on the main thread: ways, intake, whose turn it is, the streams' objects.
 * In Workers (lanes): JPEG, model, boxes. So messages are taken in, and the heartbeat goes on, while models run.
 *
 * @module
 */

/** Overdue frames and idle streams are looked for this often. */
const SWEEP_MS = 100;

/** How long what is in work is waited for at the end: a frame, or a model on a busy machine. */
const EXIT_MS = 5_000;

/** Said `ready`: from then on a fault is one of this process, not of the machine or its models. */
let isReady = false;

const stdout = Deno.stdout.writable.getWriter();
const writer = new IpcWriter<FromChild>((bytes) => stdout.write(bytes), ESSENTIAL_MESSAGES);
const send = (message: FromChild) => writer.send(message);
const log = (
  level: "debug" | "info" | "warn" | "error",
  event: string,
  fields: Readonly<Record<string, unknown>> = {},
) => send({ kind: "log", level, event, fields });

/** For what a viewer, or a model that fails every frame, could fill the log with. */
const logRate = new TokenBucket({ perSecond: 1, burst: 10 });
const sometimes: typeof log = (level, event, fields) =>
  logRate.take(performance.now()) && log(level, event, fields);

async function main(args: readonly string[]): Promise<void> {
  // Standard output belongs to the messages: what a library prints goes to the other one.
  const { console } = globalThis;
  console.log = console.info = console.debug = console.error;
  ndc.initLogger("Warning", (level, message) => void sometimes("debug", "rtc", { level, message }));
  // Ctrl+C reaches every process of the terminal; this one ends when the server closes its input.
  Deno.addSignalListener("SIGINT", () => {});
  const config = readChildConfig(args);
  const counters = new Counters();
  using stalls = new StallMeter();
  let ways: Streams["ways"] = () => ({ datachannel: 0, link: 0, none: 0 });
  let isStuck = false;
  // From before the models are loaded on: loading takes longer than the parent waits for a sign.
  setInterval(() => {
    // A hung native call cannot be ended from here: without a heartbeat the parent kills us.
    if (!isStuck) beat(counters, stalls, ways());
  }, HEARTBEAT_MS);

  const messages = decodeIpc<ToChild>(Deno.stdin.readable);
  const { pool, models } = await prepare(config, await firstModels(messages));
  const dispatcher = new Dispatcher({
    lanes: pool.lanes,
    now: nowMs,
    onFailure: (message) => void sometimes("warn", "frame failed", { message }),
  });
  // Trackers live here and not in the lanes: a stream's frames go to any of these.
  await initVision();
  const streams = new Streams({
    config,
    counters,
    dispatcher,
    models,
    now: nowMs,
    createTracker: () => new Tracker(),
    connect: (options) => new ViewerConnection(options),
    send,
  });
  ways = () => streams.ways();
  const need = new LaneNeed();
  const pictures = new Pictures({ counters, dispatcher, models, now: nowMs, send });
  setInterval(() => {
    dispatcher.sweep();
    streams.sweep();
    void pool.giveBack((name) => models.isOffered(name));
    isStuck = pool.isStuck;
    const isPressing = need.isPressing(dispatcher.contended, performance.now());
    if (isPressing && !pool.isCalibrated) void calibrate({ pool, dispatcher, models, streams });
  }, SWEEP_MS);
  isReady = true;
  send({ kind: "ready", facts: factsOf(pool, models) });

  for await (const { json, binary } of messages) {
    handle(json, binary, { streams, pictures, models });
  }
  streams.closeAll();
  // An exit under a session that runs or is made crashes the process.
  const patience = new Promise((resolve) => setTimeout(resolve, EXIT_MS));
  await Promise.race([pool.end(), patience]);
}

/** @throws {TypeError} If it is something else, or has no default model. */
async function firstModels(messages: AsyncGenerator<IpcMessage<ToChild>>): Promise<OfferedModels> {
  const first = await messages.next();
  const message = first.done === true ? null : first.value.json;
  if (message?.kind !== "models") throw new TypeError("Cannot start inference: no models told");
  const { models, defaultModelId } = message;
  if (models.some(({ entry }) => entry.id === defaultModelId)) return message;
  throw new TypeError(`Cannot start inference: no model ${defaultModelId}`);
}

async function prepare(
  config: ChildConfig,
  offered: OfferedModels,
): Promise<{ pool: LanePool; models: ModelStore }> {
  const model = offered.models.find(({ entry }) => entry.id === offered.defaultModelId)!;
  const { pool, first } = await makePool({
    model,
    executionProvider: config.executionProvider,
    threads: config.threads ?? navigator.hardwareConcurrency,
    layout: config.layout ?? null,
    onBroken: (message) => void fail(new Error(`A lane ended: ${message}`)),
  });
  const { provider, threads, lanes, note } = pool;
  log("info", "inference ready", {
    provider,
    sessions: lanes.length,
    threads,
    model: model.entry.id,
    runMs: first.runMs,
  });
  if (note !== null) log("info", "inference runs on another provider", { provider, reason: note });
  const models = new ModelStore(offered, pool, { runMs: first.runMs });
  return { pool, models };
}

function factsOf(pool: LanePool, models: ModelStore): InferenceFacts {
  return {
    executionProvider: pool.provider,
    threadsPerSession: pool.threads,
    sessions: pool.lanes.length,
    isCalibrated: pool.isCalibrated,
    runMs: models.runMs,
  };
}

/** Several streams stand in each other's way: finds out whether more lanes serve them better. */
async function calibrate({ pool, dispatcher, models, streams }: {
  pool: LanePool;
  dispatcher: Dispatcher;
  models: ModelStore;
  streams: Streams;
}): Promise<void> {
  try {
    const { trials, runMs } = await pool.calibrate(dispatcher);
    const { lanes, threads } = pool;
    log("info", "inference calibrated", { sessions: lanes.length, threads, trials });
    models.measured(runMs);
    if (runMs.size > 0) streams.tellRuns();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log("warn", "inference not calibrated", { reason });
  }
  send({ kind: "facts", facts: factsOf(pool, models) });
}

function handle(
  message: ToChild,
  binary: Uint8Array<ArrayBuffer>,
  { streams, pictures, models }: { streams: Streams; pictures: Pictures; models: ModelStore },
): void {
  switch (message.kind) {
    case "models":
      return models.offer(message);
    case "settings":
      return void streams.settings(message.stream, message.settings, message.account);
    case "signal":
      return streams.signal(message.stream, message.signal, message.iceServers);
    case "message":
      return streams.message(message.stream, message.text, binary);
    case "close":
      return streams.close(message.stream);
    case "tap":
      return streams.tap(message.stream, message.on);
    case "detect":
      return void pictures.detect(message.request, message, binary);
  }
}

function beat(counters: Counters, stalls: StallMeter, ways: ReturnType<Streams["ways"]>): void {
  const { rss: rssBytes } = Deno.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { lagMs } = stalls;
  send({
    kind: "heartbeat",
    stats: counters.toStats({
      streams: ways.datachannel + ways.link + ways.none,
      ways,
      rssBytes,
      cpuMs: (user + system) / 1000,
      lagMs,
      maxStallMs: stalls.take(),
    }),
  });
}

/** At the start the parent is told that there will be nothing; later it starts a new process. */
async function fail(error: unknown): Promise<never> {
  const message = error instanceof Error ? error.message : String(error);
  if (isReady) log("error", "inference broke down", { reason: message });
  else send({ kind: "unable", message });
  await writer.flushed();
  Deno.exit(1);
}

await main(Deno.args).catch(fail);
Deno.exit(0);
