import { setTimeout as pause } from "node:timers/promises";
import ndc, { type DataChannel, type PeerConnection } from "node-datachannel";

/**
 * ENTRY of one end of the loss bench: several connections, one for each way to give packets up.
 * Descriptions go over standard input and output, a JSON text a line, so that no loss touches them.
 *
 * @module
 */

/** What an end does. */
export interface LossPeerConfig {
  readonly role: "sender" | "receiver";
  /** To bind to. */
  readonly address: string;
  readonly limits: readonly PacketLimit[];
  readonly fps: number;
  readonly frames: number;
  readonly frameBytes: number;
}

/** When a packet that is lost is not sent again. */
export type PacketLimit =
  | { readonly maxRetransmits: number }
  | { readonly maxPacketLifeTime: number };

/** Of each connection: what the sender did, or how long each frame that came took, ms. */
export interface LossPeerResult {
  readonly sent: readonly number[];
  readonly latenciesMs: readonly (readonly number[])[];
}

/** What comes later than this is not counted: no frame is worth anything then. */
const LAST_MS = 1_000;

/** A frame that finds more than this before it is not sent, as the app's own viewers have it. */
const MAX_BUFFERED_BYTES = 128 * 1024;

/** As descriptions have them. */
const CANDIDATES = /^a=(candidate:.*)\r\n/gm;

interface End {
  readonly connection: PeerConnection;
  readonly channel: DataChannel;
}

const lines = readLines();
const nowMs = () => performance.timeOrigin + performance.now();

async function main(config: LossPeerConfig): Promise<void> {
  const ends = config.limits.map((limit) => makeEnd(config.address, limit));
  const opened = Promise.all(ends.map(({ channel }) => isOpen(channel)));
  if (config.role === "sender") {
    say(await Promise.all(ends.map((end) => describe(end, "offer"))));
    const answers = await heard();
    accept(ends, answers, "answer");
    addCandidates(ends, answers);
    await opened;
    say("open");
    await heard();
    const sent = await sendFrames(ends, config);
    await pause(LAST_MS);
    say({ sent, latenciesMs: [] } satisfies LossPeerResult);
  } else {
    const latenciesMs = ends.map(({ channel }) => receiveFrames(channel));
    const offers = await heard();
    accept(ends, offers, "offer");
    // Without the sender's candidates: it calls, and not before it has the answer.
    say(await Promise.all(ends.map((end) => describe(end, "answer"))));
    await heard();
    say({ sent: [], latenciesMs } satisfies LossPeerResult);
  }
}

function makeEnd(bindAddress: string, limit: PacketLimit): End {
  const config = { iceServers: [], bindAddress, disableAutoNegotiation: true };
  const connection = new ndc.PeerConnection("loss", config);
  const init = { negotiated: true, id: 0, unordered: true, ...limit };
  return { connection, channel: connection.createDataChannel("frames", init) };
}

/** Our description with all candidates in it. */
async function describe({ connection }: End, type: "offer" | "answer"): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<void>();
  connection.onGatheringStateChange((state) => state === "complete" && resolve());
  connection.setLocalDescription(type);
  if (connection.gatheringState() !== "complete") await promise;
  return connection.localDescription()!.sdp;
}

function accept(ends: readonly End[], sdps: string[], type: "offer" | "answer"): void {
  for (const [at, { connection }] of ends.entries()) {
    connection.setRemoteDescription(sdps[at]!.replaceAll(CANDIDATES, ""), type);
  }
}

/** Apart from the description: before our own one there is nothing that could take them. */
function addCandidates(ends: readonly End[], sdps: string[]): void {
  for (const [at, { connection }] of ends.entries()) {
    for (const [, line] of sdps[at]!.matchAll(CANDIDATES)) {
      connection.addRemoteCandidate(line!, "0");
    }
  }
}

function isOpen(channel: DataChannel): Promise<void> {
  return new Promise((resolve) => channel.onOpen(() => resolve()));
}

/** Each frame over each connection, at a steady pace. @returns How many each took. */
async function sendFrames(
  ends: readonly End[],
  { fps, frames, frameBytes }: LossPeerConfig,
): Promise<number[]> {
  const sent = ends.map(() => 0);
  const message = crypto.getRandomValues(new Uint8Array(frameBytes));
  const view = new DataView(message.buffer);
  const startedMs = performance.now();
  for (let frame = 0; frame < frames; frame++) {
    for (const [at, { channel }] of ends.entries()) {
      if (channel.bufferedAmount() > MAX_BUFFERED_BYTES) continue;
      view.setFloat64(0, nowMs());
      channel.sendMessageBinary(message);
      sent[at]! += 1;
    }
    await pause(Math.max(0, startedMs + (frame + 1) * 1000 / fps - performance.now()));
  }
  return sent;
}

function receiveFrames(channel: DataChannel): number[] {
  const latenciesMs: number[] = [];
  channel.onMessage((message) => {
    if (typeof message === "string") return;
    const bytes = new Uint8Array(message);
    const sentMs = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0);
    const latencyMs = nowMs() - sentMs;
    if (latencyMs <= LAST_MS) latenciesMs.push(Number(latencyMs.toFixed(2)));
  });
  return latenciesMs;
}

async function* readLines(): AsyncGenerator<string> {
  let rest = "";
  for await (const text of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop()!;
    yield* parts;
  }
}

async function heard() {
  const { value, done } = await lines.next();
  // The bench has gone, and with it what this is for.
  if (done) Deno.exit(1);
  return JSON.parse(value);
}

function say(value: unknown): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

if (import.meta.main) {
  await main(JSON.parse(Deno.args[0]!));
  Deno.exit(0);
}
