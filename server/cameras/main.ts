import process from "node:process";
import ndc from "node-datachannel";
import { nowMs } from "../base/clock.ts";
import { TokenBucket } from "../base/token_bucket.ts";
import { decodeIpc, HEARTBEAT_MS, type IpcMessage } from "../child/ipc.ts";
import { IpcWriter } from "../child/ipc_writer.ts";
import { readCameraConfig } from "./camera_config.ts";
import type { CameraSpec } from "../base/camera_spec.ts";
import { Cameras } from "./cameras.ts";
import { ESSENTIAL_CAMERA_MESSAGES, type FromCameras, type ToCameras } from "./ipc.ts";

/**
 * ENTRY of the camera process, a child of the server:
 *
 *     deno run ‹...CAMERA_FLAGS› ‹...cameraPermissions(config)› server/cameras/main.ts ‹JSON of CameraProcessConfig›
 *
 * with, for example:
 *
 *     {"ffmpeg": "ffmpeg", "rtcPorts": null, "publicHost": null, "host": "0.0.0.0"}
 *
 * It speaks `ipc.ts` on its standard input and output, is told first which cameras there are, says `ready`,
 * and ends when its input does. For each camera in use it runs one ffmpeg that reads and one that encodes
 * for all who watch; frames go through here, so that each has a name before it is encoded.
 *
 * @module
 */

/** Restarts, silences and idle sources are looked after this often. */
const TICK_MS = 50;

const stdout = Deno.stdout.writable.getWriter();
const writer = new IpcWriter<FromCameras>(
  (bytes) => stdout.write(bytes),
  ESSENTIAL_CAMERA_MESSAGES,
);
/** For what a camera, or a viewer, could fill the log with. */
const logRate = new TokenBucket({ perSecond: 2, burst: 20 });
const send = (message: FromCameras, binary?: Uint8Array) =>
  (message.kind !== "log" || logRate.take(performance.now())) && writer.send(message, binary);

/** Said `ready`: from then on a fault is one of this process, not of the machine. */
let isReady = false;

async function main(args: readonly string[]): Promise<void> {
  // Standard output belongs to the messages: what a library prints goes to the other one.
  const { console } = globalThis;
  console.log = console.info = console.debug = console.error;
  ndc.initLogger("Warning", (level, message) => {
    send({ kind: "log", level: "debug", event: "rtc", fields: { level, message } });
  });
  // Ctrl+C reaches every process of the terminal; this one ends when the server closes its input.
  Deno.addSignalListener("SIGINT", () => {});
  const { ffmpeg, ...place } = readCameraConfig(args);
  const messages = decodeIpc<ToCameras>(Deno.stdin.readable);
  const specs = await firstCameras(messages);
  const cameras = new Cameras({ specs, ffmpeg, place, now: nowMs, send });
  setInterval(() => beat(cameras), HEARTBEAT_MS);
  let dueMs = performance.now() + TICK_MS;
  setInterval(() => {
    const lateMs = performance.now() - dueMs;
    dueMs = performance.now() + TICK_MS;
    cameras.tick(lateMs);
  }, TICK_MS);
  isReady = true;
  send({ kind: "ready", facts: null });
  cameras.tellAll();
  for await (const { json } of messages) {
    if (json.kind !== "cameras") cameras.take(json);
  }
  cameras.close();
}

/** @throws {TypeError} If it is something else. */
async function firstCameras(
  messages: AsyncGenerator<IpcMessage<ToCameras>>,
): Promise<readonly CameraSpec[]> {
  const first = await messages.next();
  const message = first.done === true ? null : first.value.json;
  if (message?.kind !== "cameras") throw new TypeError("Cannot start cameras: none told");
  return message.cameras;
}

function beat(cameras: Cameras): void {
  const { user, system } = process.cpuUsage();
  const rssBytes = Deno.memoryUsage().rss;
  const cpuMs = (user + system) / 1000;
  send({ kind: "heartbeat", stats: { ...cameras.stats, rssBytes, cpuMs } });
}

await main(Deno.args).catch(async (error) => {
  const message = error instanceof Error ? error.message : String(error);
  // Later than that it is a fault of this process, and another one may do better.
  if (isReady) {
    send({ kind: "log", level: "error", event: "cameras broke down", fields: { reason: message } });
  }
  if (!isReady) send({ kind: "unable", message });
  await writer.flushed();
  Deno.exit(1);
});
Deno.exit(0);
