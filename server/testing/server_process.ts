import assert from "node:assert/strict";
import { type Env, loadConfig, type ServerConfig } from "../base/config.ts";
import { parseFlags, WORKER_WORD } from "../base/flags.ts";
import { serverPermissions, workerPermissions } from "../launcher/permissions.ts";
import { endLeftover } from "../tunnel/tool_note.ts";
import { TUNNEL_TOOLS } from "../tunnel/tunnel_tools.ts";

/** Flags for ports that are free. */
export const FREE_PORTS = ["--port", "0", "--https-port", "0"];

/**
 * The real server, or a worker, as a process, with the permissions that it really gets, a data folder of
 * its own, and ports that are free unless its arguments name others.
 */
export class ServerProcess implements AsyncDisposable {
  /** Where it keeps what outlives it; goes with this object. */
  readonly dataDir = Deno.makeTempDirSync();
  readonly #child: Deno.ChildProcess;
  readonly #outEnd: Promise<void>;
  readonly #logEnd: Promise<void>;
  #wake = () => {};
  #isOver = false;
  /** What it has written to its standard output so far. */
  out = "";
  /** Lines of its log so far. */
  readonly log: string[] = [];

  /**
   * @param given `mode` decides over the permissions; `args` may still ask for another. `worker`: it is
   * one. `env`: further variables, which win.
   */
  constructor(given: readonly string[] = [], { mode = "wasm", env: moreEnv = {} }: {
    readonly mode?: string;
    readonly env?: Env;
  } = {}) {
    const args = mode === WORKER_WORD ? given : [...FREE_PORTS, ...given];
    const env: Record<string, string> = {
      PEERLENS_DATA_DIR: this.dataDir,
      PEERLENS_HOST: "127.0.0.1",
      MODE: mode,
    };
    for (const [name, value] of Object.entries(moreEnv)) if (value !== undefined) env[name] = value;
    const isWorker = mode === WORKER_WORD;
    const probe = probeConfig(isWorker ? { ...env, MODE: undefined } : env, args);
    const tunnel = probe.tunnel && { ...TUNNEL_TOOLS[probe.tunnel.name], isInstalled: true };
    const entry = isWorker
      ? [...workerPermissions(probe), "server/worker.ts"]
      : [...serverPermissions(probe, { tunnel }), "server/main.ts"];
    if (isWorker) delete env["MODE"];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...entry, ...args],
      cwd: new URL("../../", import.meta.url),
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#outEnd = this.#readOut();
    this.#logEnd = this.#readLog();
  }

  /** Of its process. */
  get pid(): number {
    return this.#child.pid;
  }

  /** The ports, once it listens. */
  async listening(): Promise<{ http: number; https: number }> {
    return await this.event("listening");
  }

  /** Where it serves on plain HTTP, once it listens. */
  async origin(): Promise<string> {
    return `http://127.0.0.1:${(await this.listening()).http}`;
  }

  /** The first event of this name from `from` on, come or to come, with its fields. */
  // deno-lint-ignore no-explicit-any -- fields are what each event has
  async event(name: string, from = 0): Promise<any> {
    for (let at = from;; at++) {
      while (at >= this.log.length) {
        assert.ok(!this.#isOver, `The server ended without "${name}": ${this.log.join("\n")}`);
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
      const line = this.log[at]!;
      const event = line.startsWith("{") ? JSON.parse(line) : null;
      if (event?.event === name) return event;
    }
  }

  /** Waits until its standard output reads like `words`. */
  async says(words: RegExp): Promise<void> {
    while (!words.test(this.out)) {
      assert.ok(
        !this.#isOver,
        `The server ended without ${words}: ${this.out}${this.log.join("\n")}`,
      );
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
  }

  /** Sends a signal and waits for the end. */
  async stop(signal: Deno.Signal): Promise<{ code: number; out: string; log: string }> {
    this.#child.kill(signal);
    return await this.ended();
  }

  /** Waits for the end. */
  async ended(): Promise<{ code: number; out: string; log: string }> {
    await Promise.all([this.#logEnd, this.#outEnd]);
    const { code } = await this.#child.status;
    return { code, out: this.out, log: this.log.join("\n") };
  }

  /** Ends it at once, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended();
    // A server that is killed, as a failed test does, cannot end its tunnel's program itself.
    await endLeftover(this.dataDir);
    await Deno.remove(this.dataDir, { recursive: true });
  }

  async #readOut(): Promise<void> {
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      this.out += text;
      this.#wake();
    }
  }

  async #readLog(): Promise<void> {
    let rest = "";
    for await (const text of this.#child.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      this.log.push(...lines);
      this.#wake();
    }
    if (rest !== "") this.log.push(rest);
    this.#isOver = true;
    this.#wake();
  }
}

/** What permissions follow from; arguments that the server refuses give those of the defaults. */
function probeConfig(env: Env, args: readonly string[]): ServerConfig {
  try {
    return loadConfig({ env, flags: parseFlags(args) });
  } catch {
    return loadConfig({ env, flags: parseFlags(FREE_PORTS) });
  }
}
