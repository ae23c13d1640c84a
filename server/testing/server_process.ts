import assert from "node:assert/strict";
import { type Env, loadConfig, type ServerConfig } from "../config.ts";
import { parseFlags } from "../flags.ts";
import { serverPermissions } from "../permissions.ts";

/** Flags for ports that are free. */
export const FREE_PORTS = ["--port", "0", "--https-port", "0"];

/** The real server as a process, with the permissions that it really gets. */
export class ServerProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #out: Promise<string>;
  readonly #logEnd: Promise<void>;
  #wake = () => {};
  #isOver = false;
  /** Lines of its log so far. */
  readonly log: string[] = [];

  /** @param mode Decides over the permissions; `args` may still ask for another. */
  constructor(args: readonly string[], dataDir: string, mode = "wasm") {
    const env = { PEERLENS_DATA_DIR: dataDir, PEERLENS_HOST: "127.0.0.1", MODE: mode };
    const probe = probeConfig(env, args);
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", ...serverPermissions(probe), "server/main.ts", ...args],
      cwd: new URL("../../", import.meta.url),
      env: { ...env, NO_COLOR: "1" },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#out = new Response(this.#child.stdout).text();
    this.#logEnd = this.#readLog();
  }

  /** The ports, once it listens. */
  async listening(): Promise<{ http: number; https: number }> {
    return await this.event("listening");
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

  /** Sends a signal and waits for the end. */
  async stop(signal: Deno.Signal): Promise<{ code: number; out: string; log: string }> {
    this.#child.kill(signal);
    return await this.ended();
  }

  /** Waits for the end. */
  async ended(): Promise<{ code: number; out: string; log: string }> {
    await this.#logEnd;
    const { code } = await this.#child.status;
    return { code, out: await this.#out, log: this.log.join("\n") };
  }

  /** Ends it at once, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
    await this.ended();
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
