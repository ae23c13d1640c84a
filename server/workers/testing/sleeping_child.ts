import { decodeChunk, FRAME_DROP_CAUSES, type FrameResultMessage } from "@/protocol";
import { decodeIpc, encodeIpc, HEARTBEAT_MS } from "../../child/ipc.ts";
import { Counters } from "../../inference/counters.ts";
import type { FromChild, StreamKey, ToChild } from "../../inference/ipc.ts";

/**
 * Stands in for the inference process where more of them are wanted than a computer has cores for: it
 * sleeps for as long as a model would run, and finds ten objects. Speaks `ipc.ts`, without models, WebRTC or native
 * code. Of each stream the newest frame waits, and streams take turns, as with the real one.
 *
 *     deno run sleeping_child.ts ‹model id› ‹run, ms›
 */
const [modelId = "nanodet-m", runText = "100"] = Deno.args;
const RUN_MS = Number(runText);
const OBJECTS = 10;

const counters = new Counters();
/** In the order of their turns: the frame that waits, when it came, and which it has overtaken. */
const waiting = new Map<
  StreamKey,
  { readonly frameId: number; readonly atMs: number; readonly overtaken: readonly number[] }
>();
let isAsleep = false;

const nowMs = () => performance.timeOrigin + performance.now();

function send(message: FromChild): void {
  const bytes = encodeIpc(message);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

function drop(stream: StreamKey, frameId: number): void {
  counters.drop("superseded");
  const text = JSON.stringify({
    type: "drop",
    frame_id: String(frameId),
    cause: FRAME_DROP_CAUSES[0],
  });
  send({ kind: "message", stream, text });
}

function take(stream: StreamKey, binary: Uint8Array): void {
  const { frameId, chunkIndex, chunkCount } = decodeChunk(binary);
  if (chunkIndex + 1 < chunkCount) return;
  counters.framesReceived += 1;
  const before = waiting.get(stream);
  // Told at its turn: told at once, it would make its viewer send the next one at once.
  const overtaken = before === undefined ? [] : [...before.overtaken, before.frameId];
  waiting.set(stream, { frameId, atMs: nowMs(), overtaken });
  pump();
}

function pump(): void {
  const [next] = waiting;
  if (isAsleep || next === undefined) return;
  const [stream, { frameId, atMs, overtaken }] = next;
  waiting.delete(stream);
  for (const old of overtaken) drop(stream, old);
  isAsleep = true;
  const startMs = nowMs();
  setTimeout(() => {
    isAsleep = false;
    const queueMs = startMs - atMs;
    send({ kind: "message", stream, text: JSON.stringify(resultOf(frameId, atMs, queueMs)) });
    const stagesMs = { run: RUN_MS };
    counters.processed({ stagesMs } as never, { queueMs, frameMs: nowMs() - atMs });
    pump();
  }, RUN_MS);
}

function resultOf(frameId: number, atMs: number, queueMs: number): FrameResultMessage {
  const box = { xmin: 0.1, ymin: 0.1, xmax: 0.2, ymax: 0.2 };
  return {
    frame_id: String(frameId),
    capture_ts: null,
    capture_clock: null,
    recv_ts: atMs,
    inference_ts: nowMs(),
    queue_ms: queueMs,
    stages_ms: { run: RUN_MS },
    model: modelId,
    detections: Array.from({ length: OBJECTS }, () => ({ label: "thing", score: 0.5, ...box })),
  } as unknown as FrameResultMessage;
}

function handle(message: ToChild, binary: Uint8Array): void {
  if (message.kind === "settings") {
    send({ kind: "opened", stream: message.stream, modelId, runMs: RUN_MS });
  } else if (message.kind === "message" && message.text === null) take(message.stream, binary);
  else if (message.kind === "close") waiting.delete(message.stream);
}

send({
  kind: "ready",
  facts: {
    executionProvider: "asleep",
    threadsPerSession: 1,
    sessions: 1,
    isCalibrated: true,
    runMs: { [modelId]: RUN_MS },
  },
});
setInterval(() => {
  const stats = counters.toStats({
    streams: 0,
    ways: { datachannel: 0, link: 0, none: 0 },
    rssBytes: Deno.memoryUsage().rss,
    cpuMs: 0,
    lagMs: { counts: [], sum: 0 },
    maxStallMs: 0,
  });
  send({ kind: "heartbeat", stats });
}, HEARTBEAT_MS);
for await (const { json, binary } of decodeIpc<ToChild>(Deno.stdin.readable)) handle(json, binary);
Deno.exit(0);
