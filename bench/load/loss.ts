import { machineFacts } from "../machine.ts";
import { ensureTools, NoNamespacesError } from "../network/namespaces.ts";
import { ROOT } from "../server.ts";
import { startPart } from "./child_lines.ts";
import type { LossPeerConfig, LossPeerResult, PacketLimit } from "./loss_peer.ts";
import { makeNamespaces, type TwoNamespaces } from "./namespaces.ts";
import { round, roundOrNull, toJson, writeWhole } from "./report.ts";
import { note, say } from "./screen.ts";
import { quantile } from "./stats.ts";
import { CHANNELS } from "./protocol.ts";

/**
 * Counts the frames that arrive whole over a DataChannel that loses packets, for two ways to give a
 * lost packet up.
 *
 * @module
 */

const OUTPUT = `${ROOT}/bench/results/loss.json`;
const DEFAULT_SECONDS = 10;
const FPS = 30;
const FRAME_BYTES = 25_000;
const LOSSES = [0, 0.01, 0.02, 0.05];
const LIMITS: readonly PacketLimit[] = [
  { maxRetransmits: 0 },
  { maxPacketLifeTime: CHANNELS.maxPacketLifeTimeMs },
];
const START_MS = 20_000;

const HELP = `Counts frames that arrive whole over a DataChannel, against packet loss.

  deno task bench loss [--seconds ${DEFAULT_SECONDS}] [--output FILE]

  --seconds N     how long each loss is measured, 1 to 60
  --output FILE   where the figures go; otherwise bench/results/loss.json

Needs Linux and root, for two network namespaces of its own with iptables between them.
`;

/** One way at one loss, as the file has it. */
type LossReport = ReturnType<typeof reportLoss>;

/**
 * Measures, prints a table, writes the JSON.
 *
 * @returns The exit code: 0, 1 when it cannot be measured here, 2 when the arguments are not
 * understood.
 */
export async function run(args: readonly string[]): Promise<number> {
  let seconds = DEFAULT_SECONDS;
  let output = OUTPUT;
  if (args.includes("--help")) return say(Deno.stdout, HELP, 0);
  for (const [, flag, value] of args.join("\n").matchAll(/^([^\n=]+)[\n=]?(.*)$/gm)) {
    if (flag === "--seconds" && /^([1-9]|[1-5]\d|60)$/.test(value!)) seconds = Number(value);
    else if (flag === "--output" && value) output = value;
    else return say(Deno.stderr, `Cannot understand ${flag} ${value}\n\n${HELP}`, 2);
  }
  try {
    const results = await measureAll(seconds);
    note("");
    const report = {
      schema: 1,
      "measured_at": new Date().toISOString(),
      machine: machineFacts(),
      fps: FPS,
      "frame_bytes": FRAME_BYTES,
      results,
    };
    await writeWhole(output, toJson(report));
    return say(Deno.stdout, `${table(results)}\nWritten to ${output}\n`, 0);
  } catch (error) {
    note("");
    if (!(error instanceof NoNamespacesError)) throw error;
    return say(Deno.stderr, `${error.message}\n`, 1);
  }
}

async function measureAll(seconds: number): Promise<LossReport[]> {
  await ensureTools(note);
  await using network = await makeNamespaces();
  // A person who breaks it off must not be left with the namespaces.
  const stop = async () => {
    await network[Symbol.asyncDispose]();
    Deno.exit(130);
  };
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, stop);
  try {
    const results = [];
    for (const loss of LOSSES) {
      note(`loss of ${loss * 100} %`);
      results.push(...await measure(network, { loss, seconds }));
    }
    return results;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, stop);
  }
}

/** Both ways at once, over connections of their own. */
async function measure(
  network: TwoNamespaces,
  { loss, seconds }: { loss: number; seconds: number },
): Promise<LossReport[]> {
  const start = (role: LossPeerConfig["role"], { address, within }: TwoNamespaces["ends"][0]) => {
    const frames = seconds * FPS;
    const config = { role, address, limits: LIMITS, fps: FPS, frames, frameBytes: FRAME_BYTES };
    return startPart({ file: "loss_peer.ts", config, cpus: null, within });
  };
  await network.lose(0);
  await using sender = start("sender", network.ends[0]);
  await using receiver = start("receiver", network.ends[1]);
  await receiver.say(await sender.next(START_MS));
  await sender.say(await receiver.next(START_MS));
  await sender.next(START_MS);
  await network.lose(loss);
  await sender.say("true");
  const { sent }: LossPeerResult = JSON.parse(await sender.next(seconds * 1000 + START_MS));
  await receiver.say("true");
  const { latenciesMs }: LossPeerResult = JSON.parse(await receiver.next(START_MS));
  return LIMITS.map((limit, at) =>
    reportLoss({ loss, limit, offered: seconds * FPS, sent: sent[at]! }, latenciesMs[at]!)
  );
}

function reportLoss(
  { loss, limit, offered, sent }: {
    loss: number;
    limit: PacketLimit;
    offered: number;
    sent: number;
  },
  latenciesMs: readonly number[],
) {
  return {
    "loss_percent": loss * 100,
    ...limit,
    offered,
    sent,
    completed: latenciesMs.length,
    "completed_percent": round(latenciesMs.length / offered * 100, 1),
    "latency_ms": {
      median: roundOrNull(quantile(latenciesMs, 0.5)),
      p95: roundOrNull(quantile(latenciesMs, 0.95)),
    },
    "samples_ms": latenciesMs,
  };
}

function table(results: readonly LossReport[]): string {
  const ms = (value: number | null) => (value === null ? "-" : value.toFixed(1)).padStart(9);
  return [
    `Frames of ${FRAME_BYTES / 1000} kB at ${FPS} fps that arrive whole, loss both ways`,
    "  loss  packets are given up         sent    whole      median      p95 ms",
    ...results.map((result) => {
      const way = "maxRetransmits" in result
        ? `maxRetransmits: ${result.maxRetransmits}`
        : `maxPacketLifeTime: ${result.maxPacketLifeTime}`;
      return `  ${`${result.loss_percent} %`.padEnd(6)}${way.padEnd(25)}` +
        `${String(result.sent).padStart(8)}${`${result.completed_percent} %`.padStart(9)}` +
        `${ms(result.latency_ms.median)} ${ms(result.latency_ms.p95)}`;
    }),
    "",
  ].join("\n");
}
