import { stripVTControlCharacters } from "node:util";
import { TokenBucket } from "../base/token_bucket.ts";
import { decodeIpc, type Message } from "./ipc.ts";
import type { RestartReason } from "./supervisor_state.ts";
import { type LaneRules, WriteQueue } from "./write_queue.ts";

/** How the child is started. */
export interface ChildCommand {
  /** The Deno that runs us. */
  readonly path: string;
  readonly args: readonly string[];
  /** Folder in which it runs. */
  readonly cwd: string;
  /** Variables that are different for it. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a child's owner is told. Nothing comes after `onEnd`, and nothing after `kill`. */
export interface ChildEvents<From> {
  /** `binary`: a copy, and the receiver's to keep. */
  onMessage(message: From, binary: Uint8Array<ArrayBuffer>): void;
  /** A line of its standard error: words of native code. Not all of them, when there are many. */
  onStderr(line: string): void;
  /** It ended, or said what cannot be read. */
  onEnd(reason: RestartReason, cause: string): void;
}

/** Longest line of standard error that is passed on. */
const MAX_LINE_CHARS = 500;

/** One run of a process that is told and tells what `To` and `From` name. */
export class Child<To extends Message, From extends Message> {
  readonly #process: Deno.ChildProcess;
  readonly #events: ChildEvents<From>;
  readonly #queue: WriteQueue<To>;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  readonly #gone: Promise<void>;
  readonly #stderrRate = new TokenBucket({ perSecond: 10, burst: 50 });
  #isWriting = false;
  #isOver = false;

  constructor(
    { path, args, cwd, env = {} }: ChildCommand,
    lanes: LaneRules<To>,
    events: ChildEvents<From>,
  ) {
    this.#events = events;
    this.#queue = new WriteQueue(lanes);
    this.#process = new Deno.Command(path, {
      args: [...args],
      cwd,
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#stdin = this.#process.stdin.getWriter();
    this.#gone = this.#run();
  }

  /** Of the process, for logs. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Queues one message; frames may be dropped, see {@linkcode WriteQueue}. */
  send(message: To, binary?: Uint8Array): void {
    if (this.#isOver) return;
    if (!this.#queue.push(message, binary)) return this.#end("stuck", "it does not read any more");
    if (!this.#isWriting) void this.#write();
  }

  /** Frame messages that it read too slowly to get. */
  get dropped(): number {
    return this.#queue.dropped;
  }

  /** Ends it at once. SIGKILL, because what hangs in native code hears nothing else. */
  kill(): void {
    this.#isOver = true;
    void this.#stdin.abort().catch(() => {});
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  /** Resolves when the process is gone. */
  gone(): Promise<void> {
    return this.#gone;
  }

  async #run(): Promise<void> {
    // Its last words are in the pipes when it ends: they may say why.
    const [, , { code, signal }] = await Promise.all([
      this.#read(),
      this.#readStderr(),
      this.#process.status,
    ]);
    if (signal === null) this.#end("exited", `it ended with status ${code}`);
    else this.#end("killed", `it ended by ${signal}`);
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let bytes = this.#queue.shift(); bytes !== undefined; bytes = this.#queue.shift()) {
        await this.#stdin.write(bytes);
      }
    } catch {
      // The pipe is closed: its end is reported by the process's status.
    } finally {
      this.#isWriting = false;
    }
  }

  async #read(): Promise<void> {
    try {
      for await (const { json, binary } of decodeIpc<From>(this.#process.stdout)) {
        if (!this.#isOver) this.#events.onMessage(json, binary);
      }
    } catch (error) {
      this.#end("unreadable", `what it says is not readable (${error})`);
    }
  }

  async #readStderr(): Promise<void> {
    let rest = "";
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!.slice(0, MAX_LINE_CHARS);
      for (const line of lines) this.#tellStderr(line);
    }
    this.#tellStderr(rest);
  }

  #tellStderr(line: string): void {
    const text = stripVTControlCharacters(line).trim();
    if (text === "" || !this.#stderrRate.take(performance.now())) return;
    this.#events.onStderr(text.slice(0, MAX_LINE_CHARS));
  }

  #end(reason: RestartReason, cause: string): void {
    if (this.#isOver) return;
    this.kill();
    this.#events.onEnd(reason, cause);
  }
}
