import { until } from "../../testing/until.ts";
import assert from "node:assert/strict";
import type { Env } from "../../base/config.ts";
import { type NatsOptions, type NatsServer, startNats } from "../../../bench/nats_server.ts";
import { ServerProcess } from "../../testing/server_process.ts";

/** NATS, servers and workers of one Peerlens, as processes of this computer. */
export class Cluster implements AsyncDisposable {
  readonly nats: NatsServer;
  readonly #processes: ServerProcess[] = [];

  private constructor(nats: NatsServer) {
    this.nats = nats;
  }

  /** Starts NATS. */
  static async start(options: NatsOptions = {}): Promise<Cluster> {
    return new Cluster(await startNats(options));
  }

  /** Starts a worker, and waits until its process is ready. */
  async worker(args: readonly string[] = [], env: Env = {}): Promise<ServerProcess> {
    const all = ["--nats", this.nats.url, "--ep", "cpu", ...args];
    const worker = this.#start(all, "worker", env);
    const unable = worker.event("inference unable").then(
      ({ reason }) => assert.fail(reason),
      () => {},
    );
    await Promise.race([worker.event("inference ready"), unable]);
    return worker;
  }

  /** Starts a server in server mode, and waits until it listens. */
  async server(args: readonly string[] = [], env: Env = {}): Promise<RunningServer> {
    const all = ["--nats", this.nats.url, "--ep", "cpu", "--no-qr", ...args];
    const server = this.#start(all, "server", env);
    return { server, origin: await server.origin() };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
    await this.nats[Symbol.asyncDispose]();
  }

  #start(args: readonly string[], mode: string, env: Env): ServerProcess {
    const process = new ServerProcess(args, { mode, env });
    this.#processes.push(process);
    return process;
  }
}

/** A server that listens. */
export interface RunningServer {
  readonly server: ServerProcess;
  readonly origin: string;
}

/** What a server says of its inference. */
// deno-lint-ignore no-explicit-any -- a document for people
export async function inferenceOf(origin: string): Promise<any> {
  return (await (await fetch(`${origin}/healthz`)).json()).inference;
}

/** Waits until a server can examine frames, with so many members. */
export async function untilReady(origin: string, members = 1): Promise<void> {
  await until(async () => {
    const { state, members: all } = await inferenceOf(origin);
    const ready = all.filter((member: { state: string }) => member.state === "ready");
    return state === "ready" && ready.length === members;
  });
}
