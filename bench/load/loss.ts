import { INFERENCE_CHANNELS } from "@/protocol";
import { runCommand, text, wholeNumber } from "../command.ts";
import { type Interruptible, interruptible } from "../interrupt.ts";
import { makePhoneNetwork, type PhoneNetwork } from "../network/phone_network.ts";
import { round, roundOrNull, writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { startPart } from "./child_lines.ts";
import type { LossPeerConfig, LossPeerResult, PacketLimit } from "./loss_peer.ts";
import { quantile } from "../../client/base/quantiles.ts";

/**
 * Counts the frames that arrive whole over a DataChannel that loses packets, for two ways to give a
 * lost packet up.
 *
 * @module
 */

const DEFAULT_SECONDS = 10;
const FPS = 30;
const FRAME_BYTES = 25_000;
const LOSSES = [0, 0.01, 0.02, 0.05];
const LIMITS: readonly PacketLimit[] = [
  { maxRetransmits: 0 },
  { maxPacketLifeTime: INFERENCE_CHANNELS.maxPacketLifeTimeMs },
];
const START_MS = 20_000;

const HELP = `Counts frames that arrive whole over a DataChannel, against packet loss.

  deno task bench loss [--seconds ${DEFAULT_SECONDS}] [--output FILE]

  --seconds N     how long each loss is measured, 1 to 60
  --output FILE   where the figures go; otherwise bench/results/loss.json

Needs Linux and root, for a network of the sender's own with iptables on the way.
`;

/** One way at one loss, as the file has it. */
type LossReport = ReturnType<typeof reportLoss>;

const FLAGS = { seconds: wholeNumber(1, 60), output: text };

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, { help: HELP, flags: FLAGS }, async ({ seconds, output }) => {
    const results = await interruptible((tools) => measureAll(seconds ?? DEFAULT_SECONDS, tools));
    const figures = { fps: FPS, "frame_bytes": FRAME_BYTES, results };
    return `${table(results)}\n${await writeFigures("loss", figures, output)}`;
  });
}

async function measureAll(seconds: number, { stack, signal }: Interruptible) {
  const network = stack.use(await makePhoneNetwork(note));
  const results: LossReport[] = [];
  for (const loss of LOSSES) {
    signal.throwIfAborted();
    note(`loss of ${loss * 100} %`);
    results.push(...await measure(network, { loss, seconds }));
  }
  return results;
}

/** Both ways at once, over connections of their own. */
async function measure(
  network: PhoneNetwork,
  { loss, seconds }: { loss: number; seconds: number },
): Promise<LossReport[]> {
  const start = (role: LossPeerConfig["role"], address: string, within: readonly string[] = []) => {
    const frames = seconds * FPS;
    const config = { role, address, limits: LIMITS, fps: FPS, frames, frameBytes: FRAME_BYTES };
    return startPart({ file: "loss_peer.ts", config, cpus: null, within });
  };
  await network.lose(0);
  await using sender = start("sender", network.phoneAddress, network.within);
  await using receiver = start("receiver", network.ourAddress);
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
