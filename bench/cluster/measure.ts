import { setTimeout as pause } from "node:timers/promises";
import type { ClientConfig, StreamSettings } from "@/protocol";
import { median } from "../../client/base/quantiles.ts";
import { hasNats, type NatsServer, startNats } from "../nats_server.ts";
import { round, roundedSpread, roundOrNull } from "../result_file.ts";
import { type RigServer, ROOT, startServer } from "../server.ts";
import { toolOutput } from "../tool_output.ts";
import { startWorker } from "../worker.ts";
import { type BulkCounts, BulkStream, noCounts, type Picture } from "./bulk_stream.ts";
import { jain } from "../load/stats.ts";
import { sum } from "../sums.ts";
import { RtcStream } from "./rtc_stream.ts";

/** What a stand-in's run takes: long against what NATS and this computer's cores add. */
const RUN_MS = 100;

/** Streams to each worker, and frames of each under way, so that none waits for its viewer. */
const STREAMS_PER_WORKER = 2;
const WINDOW_FRAMES = 2;

/** Before it is counted. */
const WARM_MS = 3_000;
const WARM_FRAMES = 30;

/** Workers of unlike speed, and streams that they could share evenly. */
const UNEQUAL_RUNS_MS = [50, 100, 200] as const;
const UNEQUAL_STREAMS = 14;

const READY_MS = 60_000;
const PICTURE = { file: "models/pictures/coffee.jpg", widthPx: 600, heightPx: 400 };
const LIMITS = {
  PEERLENS_MAX_STREAMS: "512",
  PEERLENS_MAX_SOCKETS_PER_ADDRESS: "1000",
  PEERLENS_JOINS_PER_SECOND: "1000",
};

/** How it is measured. */
export interface ClusterConfig {
  readonly seconds: number;
  readonly frames: number;
  readonly workers: readonly number[];
}

/** Frames of one way. */
interface WayFigures {
  readonly "round_trip_ms": { readonly median: number | null; readonly p95: number | null };
  /** The round trip without examining the frame. */
  readonly "way_ms": { readonly median: number | null; readonly p95: number | null };
}

/** One number of workers. */
export interface ScaleFigures {
  readonly workers: number;
  readonly streams: number;
  readonly "results_per_second": number;
  /** Of what so many workers could do if timers were exact and nothing else ran. */
  readonly "share_of_most": number;
  /** Of as many times what the first number of workers did each; `null` of the first itself. */
  readonly "share_of_first": number | null;
  readonly "drops_per_second": number;
  readonly bus: {
    readonly "messages_per_result": number;
    readonly "bytes_per_result": number;
    readonly "nats_cpu_ms_per_result": number | null;
    readonly "server_cpu_ms_per_result": number;
    /** Of announcements and signs of life alone. */
    readonly "idle_messages_per_second": number;
  };
}

/** A frame to a server's own process and to a worker. */
interface Compared {
  readonly local: WayFigures;
  readonly worker: WayFigures;
  /** Of the way. */
  readonly "added_ms": { readonly median: number | null };
}

/** All of it. The first comparison is over the link to the server, the second straight to who examines. */
export interface ClusterReport extends Compared {
  readonly frames: number;
  readonly seconds: number;
  readonly datachannel: Compared;
  readonly "run_ms": number;
  readonly scale: readonly ScaleFigures[];
  readonly unequal: {
    readonly "runs_ms": readonly number[];
    readonly streams: number;
    readonly "results_per_second_of_each": readonly number[];
    readonly fairness: number | null;
    readonly "share_of_most": number;
  };
}

/** Measures everything, on this computer. @throws {Error} Without nats-server. */
export async function measureCluster(
  config: ClusterConfig,
  note: (text: string) => void,
): Promise<ClusterReport> {
  if (!await hasNats()) throw new Error("Cannot measure: nats-server is not installed");
  const jpeg = await Deno.readFile(`${ROOT}/${PICTURE.file}`);
  const picture = { ...PICTURE, jpeg };
  note("one frame at a time, by a server's own process and by a worker\n");
  const compared = await compare(picture, config.frames);
  const scale: ScaleFigures[] = [];
  for (const workers of config.workers) {
    note(`${workers} workers that sleep\n`);
    const figures = await measureScale(picture, workers, config.seconds);
    const [first] = scale;
    scale.push({
      ...figures,
      "share_of_first": first === undefined
        ? null
        : round(figures.results_per_second / workers / first.results_per_second * first.workers, 4),
    });
  }
  note("workers of unlike speed\n");
  const unequal = await measureUnequal(picture, config.seconds);
  const { frames, seconds } = config;
  return { frames, seconds, ...compared, "run_ms": RUN_MS, scale, unequal };
}

/** Two servers at the same time, asked in turn: what else the computer does is the same for both. */
async function compare(picture: Picture, frames: number) {
  await using stack = new AsyncDisposableStack();
  const nats = stack.use(await startNats());
  const own = stack.use(await startServer({ env: LIMITS, flags: ["--mode", "server"] }));
  const remote = stack.use(await startServer({ env: LIMITS, flags: remoteFlags(nats) }));
  const worker = stack.use(await startWorker({ nats: nats.url, env: LIMITS }));
  await worker.says("inference ready");
  const links: BulkStream[] = [];
  const channels: RtcStream[] = [];
  for (const server of [own, remote]) {
    await untilReady(server, 1);
    const settings = await settingsOf(server);
    links.push(
      stack.adopt(await BulkStream.open(server.ports, settings), (stream) => stream.close()),
    );
    const { modelId } = settings;
    channels.push(
      stack.use(await RtcStream.open(server.ports, modelId, { ...PICTURE, path: PICTURE.file })),
    );
  }
  const streams = [...links, ...channels];
  for (let frame = 0; frame < WARM_FRAMES + frames; frame++) {
    if (frame === WARM_FRAMES) streams.forEach((stream) => stream.counts = noCounts());
    for (const stream of streams) await stream.examine(picture);
  }
  const compared = ([local, worker]: readonly { readonly counts: BulkCounts }[]) => {
    const added = (median(worker!.counts.waysMs) ?? NaN) - (median(local!.counts.waysMs) ?? NaN);
    return {
      local: wayFigures(local!.counts),
      worker: wayFigures(worker!.counts),
      "added_ms": { median: Number.isFinite(added) ? round(added, 2) : null },
    };
  };
  return { ...compared(links), datachannel: compared(channels) };
}

async function measureScale(
  picture: Picture,
  workers: number,
  seconds: number,
): Promise<Omit<ScaleFigures, "share_of_first">> {
  await using stack = new AsyncDisposableStack();
  const { nats, server } = await sleepers(stack, Array(workers).fill(RUN_MS));
  const idleBefore = await busOf(server, nats);
  await pause(WARM_MS);
  const idleAfter = await busOf(server, nats);
  const streams = await openStreams(stack, server, workers * STREAMS_PER_WORKER);
  const { before, after, elapsedS } = await flow(streams, picture, {
    seconds,
    read: () => busOf(server, nats),
  });
  const results = sum(streams.map(({ counts }) => counts.results));
  const perSecond = results / elapsedS;
  const per = (pick: (bus: Bus) => number) => round((pick(after) - pick(before)) / results, 3);
  return {
    workers,
    streams: streams.length,
    "results_per_second": round(perSecond, 2),
    "share_of_most": round(perSecond / (workers * 1000 / RUN_MS), 4),
    "drops_per_second": round(sum(streams.map(({ counts }) => counts.drops)) / elapsedS, 2),
    bus: {
      "messages_per_result": per(({ messages }) => messages),
      "bytes_per_result": per(({ bytes }) => bytes),
      "nats_cpu_ms_per_result": after.natsCpuMs === null ? null : per((bus) => bus.natsCpuMs ?? 0),
      "server_cpu_ms_per_result": per(({ serverCpuMs }) => serverCpuMs),
      "idle_messages_per_second": round(
        (idleAfter.messages - idleBefore.messages) / (WARM_MS / 1000),
        1,
      ),
    },
  };
}

async function measureUnequal(
  picture: Picture,
  seconds: number,
): Promise<ClusterReport["unequal"]> {
  await using stack = new AsyncDisposableStack();
  const { server } = await sleepers(stack, UNEQUAL_RUNS_MS);
  const streams = await openStreams(stack, server, UNEQUAL_STREAMS);
  const { elapsedS } = await flow(streams, picture, {
    seconds,
    read: () => Promise.resolve(null),
  });
  const each = streams.map(({ counts }) => counts.results / elapsedS);
  const most = sum(UNEQUAL_RUNS_MS.map((ms) => 1000 / ms));
  return {
    "runs_ms": UNEQUAL_RUNS_MS,
    streams: streams.length,
    "results_per_second_of_each": each.map((rate) => round(rate, 2)),
    fairness: roundOrNull(jain(each), 4),
    "share_of_most": round(sum(each) / most, 4),
  };
}

async function flow<T>(
  streams: readonly BulkStream[],
  picture: Picture,
  { seconds, read }: { readonly seconds: number; readonly read: () => Promise<T> },
): Promise<{ before: T; after: T; elapsedS: number }> {
  const stops = streams.map((stream) => stream.flow(picture, WINDOW_FRAMES));
  await pause(WARM_MS);
  const before = await read();
  streams.forEach((stream) => stream.counts = noCounts());
  const startMs = performance.now();
  await pause(seconds * 1000);
  const elapsedS = (performance.now() - startMs) / 1000;
  stops.forEach((stop) => stop());
  return { before, after: await read(), elapsedS };
}

/** A server without a process of its own, and workers that sleep so long for each frame. */
async function sleepers(stack: AsyncDisposableStack, runsMs: readonly number[]) {
  const nats = stack.use(await startNats());
  const server = stack.use(await startServer({ env: LIMITS, flags: remoteFlags(nats) }));
  runsMs.forEach((runMs, index) => {
    const script = "server/workers/testing/sleeping_worker.ts";
    const child = new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "--quiet", "--no-check", "-A", script, String(runMs), `w${index}`],
        ...["--nats", nats.url],
      ],
      cwd: ROOT,
      env: { PEERLENS_MODELS: "" },
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
    stack.defer(async () => {
      child.kill("SIGKILL");
      await child.status;
    });
  });
  await untilReady(server, runsMs.length);
  return { nats, server };
}

/** One after another, so that each is placed by what is there already. */
async function openStreams(stack: AsyncDisposableStack, server: RigServer, count: number) {
  const settings = await settingsOf(server);
  const streams: BulkStream[] = [];
  for (let n = 0; n < count; n++) {
    const stream = await BulkStream.open(server.ports, settings);
    streams.push(stack.adopt(stream, (one) => one.close()));
  }
  return streams;
}

interface Bus {
  readonly messages: number;
  readonly bytes: number;
  readonly serverCpuMs: number;
  readonly natsCpuMs: number | null;
}

async function busOf({ httpUrl }: RigServer, { pid }: NatsServer): Promise<Bus> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  const figure = (name: string) =>
    sum([...text.matchAll(new RegExp(`^${name}\\S* (\\S+)$`, "gm"))].map(([, n]) => Number(n)));
  return {
    messages: figure("peerlens_nats_messages_total"),
    bytes: figure("peerlens_nats_bytes_total"),
    serverCpuMs: 1000 * figure('peerlens_process_cpu_seconds_total{process="server"}'),
    natsCpuMs: pid === null ? null : await cpuMsOf(pid),
  };
}

/** Of all its threads so far; `null`: this system does not tell. */
async function cpuMsOf(pid: number): Promise<number | null> {
  // Deno reads nothing of `/proc/PID` with less than every permission.
  const stat = await toolOutput("cat", [`/proc/${pid}/stat`]).catch(() => null);
  const fields = stat?.split(") ")[1]?.split(" ");
  // Fields 14 and 15 of proc(5), in hundredths of a second.
  return fields === undefined ? null : (Number(fields[11]) + Number(fields[12])) * 10;
}

async function settingsOf({ httpUrl }: RigServer): Promise<StreamSettings> {
  const { models }: ClientConfig = await (await fetch(`${httpUrl}/api/config`)).json();
  const { id: modelId, scoreThreshold, iouThreshold } = models[0]!;
  return { modelId, scoreThreshold, iouThreshold, classes: null };
}

async function untilReady({ httpUrl }: RigServer, members: number): Promise<void> {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const { inference } = await (await fetch(`${httpUrl}/healthz`)).json();
    const count = inference.members?.filter(({ state }: { state: string }) => state === "ready")
      .length ?? 1;
    if (inference.state === "ready" && count === members) return;
    if (performance.now() > deadline) throw new Error("Cannot measure: no process is ready");
    await pause(200);
  }
}

function remoteFlags(nats: NatsServer): string[] {
  return ["--mode", "server", "--nats", nats.url, "--inference", "remote"];
}

function wayFigures({ roundTripsMs, waysMs }: BulkCounts): WayFigures {
  return { "round_trip_ms": roundedSpread(roundTripsMs, 2), "way_ms": roundedSpread(waysMs, 2) };
}
