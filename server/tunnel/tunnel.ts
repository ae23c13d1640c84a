import type { Log } from "../base/log.ts";
import { NO_TELEMETRY } from "../base/telemetry_env.ts";
import { type ToolCommand, ToolProcess } from "./tool_process.ts";
import { removeNote, writeNote } from "./tool_note.ts";
import { faultOf, missingText } from "./tool_fault.ts";
import { agentCommand } from "./ngrok_agent_command.ts";
import { startState, type TunnelInput, type TunnelState, tunnelStep } from "./tunnel_state.ts";
import type { TunnelTool } from "./tunnel_tools.ts";
import { checkUrl, type UrlAnswer } from "./url_check.ts";

/** The clock is looked at this often. */
const TICK_MS = 250;

/** Between two questions at an address that does not lead here yet. */
const ASK_AGAIN_MS = 1_500;

/** Between two questions at one that did: the program may live on without its tunnel. */
const LOOK_AGAIN_MS = 30_000;

/** A person who waits is told so this often. */
const PROGRESS_MS = 5_000;

/** The tunnel could not be opened; the message says what to do. */
export class TunnelError extends Error {
  override readonly name = "TunnelError";
}

/** What a tunnel is made of, and whom it tells. */
export interface TunnelOptions {
  readonly tool: TunnelTool;
  /** There is a token, so that ngrok's own library can stand in for its program. */
  readonly hasToken: boolean;
  /** Id of this process in its health document. */
  readonly instance: string;
  readonly dataDir: string;
  /** Variables that the program is not to have. */
  readonly secretNames: readonly string[];
  readonly log: Log;
  /** Tells a person who waits, a line at a time. */
  readonly say: (line: string) => void;
  /** The public address is there, is another one, or is gone: `null`. */
  readonly onChange: (origin: string | null) => void;
  /** @default {checkUrl} */
  readonly check?: (origin: string, instance: string) => Promise<UrlAnswer>;
  /** Milliseconds of a clock that never goes back. @default {performance.now} */
  readonly nowMs?: () => number;
}

/** Keeps one public address open: decides by {@linkcode tunnelStep}, and does it. */
export class Tunnel {
  readonly #options: TunnelOptions;
  readonly #nowMs: () => number;
  readonly #first = Promise.withResolvers<string>();
  #state: TunnelState = { kind: "stopped" };
  #process: ToolProcess | null = null;
  #ending: Promise<void> = Promise.resolve();
  #timer: ReturnType<typeof setInterval> | undefined;
  #port = 0;
  #saidMs = 0;
  #wasUp = false;

  constructor(options: TunnelOptions) {
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    // Whoever waits for it gets the error; when nobody does, it is no fault of its own.
    this.#first.promise.catch(() => {});
  }

  /** Origin that leads here and may be handed out; `null` while there is none. */
  get origin(): string | null {
    return this.#state.kind === "up" ? this.#state.origin : null;
  }

  /** What people meet at that address before our page, as a sentence; `null`: nothing. */
  get interstitial(): string | null {
    return this.#options.tool.interstitial;
  }

  /** Host that requests may name; there already while it is being checked. */
  get host(): string | null {
    const state = this.#state;
    return state.kind === "up" || state.kind === "checking" ? new URL(state.origin).host : null;
  }

  /**
   * Opens the tunnel to a port of 127.0.0.1 and resolves with its origin when it leads here.
   * @throws {TunnelError} (rejects) If that cannot be; nothing is left running then. Once it is
   * stopped, nothing comes of it any more.
   */
  async start(port: number): Promise<string> {
    this.#port = port;
    this.#state = startState(this.#nowMs());
    this.#say(`starting ${this.#options.tool.name} …`);
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#spawn();
    return await this.#first.promise;
  }

  /** Closes it for good, and resolves when its program is gone. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#step({ kind: "stop" });
    await this.#ending;
  }

  #spawn(): void {
    const { tool, log } = this.#options;
    try {
      const process = this.#startProcess();
      this.#process = process;
      log.info("tunnel started", { tool: tool.name, pid: process.pid });
      const note = {
        pid: process.pid,
        program: tool.program,
        port: this.#port,
        serverPid: Deno.pid,
      };
      writeNote(this.#options.dataDir, note).catch((error) =>
        log.warn("tunnel not noted", { reason: String(error) })
      );
    } catch (error) {
      this.#step({ kind: "ended", cause: this.#startFault(error) });
    }
  }

  #startProcess(): ToolProcess {
    const { tool, secretNames, hasToken } = this.#options;
    const isNgrok = tool.name === "ngrok";
    const hidden = secretNames.filter((name) => !isNgrok || name !== "NGROK_AUTHTOKEN");
    const env = { ...NO_TELEMETRY, ...Object.fromEntries(hidden.map((name) => [name, ""])) };
    const events = {
      onLine: (line: string) => this.#onLine(line),
      onEnd: (status: string, lines: readonly string[]) => {
        this.#step({ kind: "ended", cause: faultOf(tool, status, lines) });
      },
    };
    const open = (command: Omit<ToolCommand, "env">) =>
      new ToolProcess({ ...command, env }, events);
    try {
      return open({ path: tool.program, args: tool.args(this.#port) });
    } catch (error) {
      if (!isNgrok || !hasToken || !isMissing(error)) throw error;
      return open(agentCommand(this.#port));
    }
  }

  #startFault(error: unknown): string {
    const { tool } = this.#options;
    if (!isMissing(error)) {
      return `${tool.program} cannot be started: ${error instanceof Error ? error.message : error}`;
    }
    return missingText(tool);
  }

  #sentence(cause: string): string {
    const { name } = this.#options.tool;
    return /^its? /.test(cause) ? `${name} cannot be used: ${cause}.` : `${cause}.`;
  }

  #onLine(line: string): void {
    this.#options.log.debug("tunnel says", { text: line.slice(0, 300) });
    const origin = this.#options.tool.originIn(line);
    if (origin !== null) this.#step({ kind: "address", origin });
  }

  async #ask(origin: string): Promise<void> {
    const { check = checkUrl, instance } = this.#options;
    const process = this.#process;
    const pauseMs = () => {
      const state = this.#state;
      // Of a program that was started anew somebody else asks, even at the same address.
      if (this.#process !== process) return null;
      if (state.kind !== "checking" && state.kind !== "up") return null;
      if (state.origin !== origin) return null;
      return state.kind === "checking" ? ASK_AGAIN_MS : LOOK_AGAIN_MS;
    };
    for (let ms: number | null = 0; ms !== null; ms = pauseMs()) {
      const pause = Promise.withResolvers<void>();
      // A server that ends does not wait for it.
      Deno.unrefTimer(setTimeout(pause.resolve, ms));
      await pause.promise;
      if (pauseMs() === null) return;
      this.#step({ kind: "answer", origin, answer: await check(origin, instance) });
    }
  }

  #tick(): void {
    this.#step({ kind: "tick" });
    const { kind } = this.#state;
    if (kind !== "starting" && kind !== "checking") return;
    if (this.#wasUp || this.#nowMs() - this.#saidMs < PROGRESS_MS) return;
    this.#say(kind === "starting" ? "no address yet …" : "the address does not lead here yet …");
  }

  #say(line: string): void {
    this.#saidMs = this.#nowMs();
    this.#options.say(line);
  }

  #step(input: WithoutTime<TunnelInput>): void {
    const before = this.#state;
    const { state, action } = tunnelStep(before, { ...input, nowMs: this.#nowMs() });
    this.#state = state;
    if (action === "end") this.#end();
    else if (action === "start") this.#spawn();
    // What was spawned may have failed at once, and told so itself.
    if (this.#state === state && state !== before) this.#entered(before, state);
  }

  #end(): void {
    const process = this.#process;
    this.#process = null;
    if (process === null) return;
    const { dataDir } = this.#options;
    this.#ending = process.end().then(() => removeNote(dataDir));
  }

  #entered(before: TunnelState, state: TunnelState): void {
    const { log } = this.#options;
    switch (state.kind) {
      case "checking":
        if (before.kind === "checking" && before.origin === state.origin) return;
        if (!this.#wasUp) this.#say("it has an address; checking that it leads here …");
        void this.#ask(state.origin);
        break;
      case "up":
        if (before.kind === "up") return;
        log.info("tunnel up", { host: new URL(state.origin).host });
        this.#wasUp = true;
        this.#first.resolve(state.origin);
        this.#options.onChange(state.origin);
        break;
      case "restarting":
        log.warn("tunnel lost", { reason: state.cause, failures: state.failures });
        this.#options.say(`${this.#sentence(state.cause)} It is being reopened.`);
        this.#options.onChange(null);
        break;
      case "failed":
        clearInterval(this.#timer);
        void this.#ending.then(() =>
          this.#first.reject(new TunnelError(this.#sentence(state.cause)))
        );
        break;
    }
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotCapable;
}

type WithoutTime<T> = T extends unknown ? Omit<T, "nowMs"> : never;
