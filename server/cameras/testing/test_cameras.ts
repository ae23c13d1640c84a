import { ffmpegsOf } from "../../../bench/camera_faults.ts";
import { decodeIpc, encodeIpc } from "../../child/ipc.ts";
import { CAMERA_FLAGS, type CameraProcessConfig } from "../camera_config.ts";
import { cameraPermissions } from "../camera_permissions.ts";
import { parseCameras } from "../../base/camera_spec.ts";
import type { FromCameras, ToCameras } from "../ipc.ts";

/** A message, and what came with it. */
export type Received = FromCameras & { readonly binary: Uint8Array };

/** A running camera process, with exactly the permissions that it is given by the server. */
export class TestCameras implements AsyncDisposable {
  readonly received: Received[] = [];
  readonly process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #listeners = new Set<(message: Received) => void>();

  /** @param cameras As an operator gives them. */
  constructor(cameras: readonly string[], over: Partial<CameraProcessConfig> = {}) {
    const config: CameraProcessConfig = {
      ffmpeg: "ffmpeg",
      rtcPorts: null,
      publicHost: null,
      host: "127.0.0.1",
      ...over,
    };
    const entry = new URL("../main.ts", import.meta.url).href;
    const args = [
      ...["run", ...CAMERA_FLAGS, ...cameraPermissions(config)],
      ...[entry, JSON.stringify(config)],
    ];
    const io = { stdin: "piped", stdout: "piped" } as const;
    this.process = new Deno.Command(Deno.execPath(), { args, ...io }).spawn();
    this.#writer = this.process.stdin.getWriter();
    this.#reading = this.#read();
    void this.send({ kind: "cameras", cameras: parseCameras(cameras) });
  }

  /** Sends a message; resolves when the pipe has it. */
  async send(message: ToCameras): Promise<void> {
    await this.#writer.write(encodeIpc(message));
  }

  /** Calls back for each message from now on, until the answer is called. */
  listen(listener: (message: Received) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The first message, past (from `since` on) or to come, for which `pick` gives something. */
  async next<T>(
    pick: (message: Received) => T | undefined | false,
    { since = 0, timeoutMs = 15_000 } = {},
  ): Promise<T> {
    for (const message of this.received.slice(since)) {
      const found = pick(message);
      if (found !== undefined && found !== false) return found;
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const timer = setTimeout(() => {
      const texts = this.received.filter(({ kind }) => kind !== "heartbeat" && kind !== "frame")
        .slice(-20).map((message) => JSON.stringify(message).slice(0, 200));
      reject(new Error(`Nothing came in time; the last: ${texts.join("\n")}`));
    }, timeoutMs);
    const stop = this.listen((message) => {
      const found = pick(message);
      if (found !== undefined && found !== false) resolve(found);
    });
    return await promise.finally(() => {
      clearTimeout(timer);
      stop();
    });
  }

  /** The camera's next status that is one of these. */
  async status(camera: string, statuses: readonly string[], since = 0) {
    return await this.next(
      (message) =>
        message.kind === "status" && message.camera === camera &&
        statuses.includes(message.status) && message,
      { since },
    );
  }

  /** See {@linkcode ffmpegsOf}. */
  ffmpegs(word: string): number[] {
    return ffmpegsOf(this.process.pid, word);
  }

  /** Ends the process as the server does: by closing its input. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => undefined);
    await this.process.status;
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const { json, binary } of decodeIpc<FromCameras>(this.process.stdout)) {
      const message = { ...json, binary };
      this.received.push(message);
      for (const listener of [...this.#listeners]) listener(message);
    }
  }
}

/** Whether a process is there, and has not ended. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}
