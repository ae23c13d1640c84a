import { stripVTControlCharacters } from "node:util";
import { KEPT_LINES } from "./tool_fault.ts";

/** After SIGTERM, cloudflared would wait half a minute for requests that are under way. */
const TERM_MS = 400;

/** How a program is started. */
export interface ToolCommand {
  readonly path: string;
  readonly args: readonly string[];
  /** Variables that are different for it. */
  readonly env: Readonly<Record<string, string>>;
}

/** What the owner of a program is told. Nothing comes after `onEnd`, and nothing after `end`. */
export interface ToolEvents {
  /** Any line of its output, both streams. */
  onLine(line: string): void;
  /** @param lines Its last words. */
  onEnd(status: string, lines: readonly string[]): void;
}

/** One run of a tunnel's program: reads all that it writes, for as long as it runs. */
export class ToolProcess {
  readonly #process: Deno.ChildProcess;
  readonly #events: ToolEvents;
  readonly #gone: Promise<void>;
  readonly #lines: string[] = [];
  #isOver = false;

  /** @throws {Deno.errors.NotFound | Deno.errors.NotCapable} If there is no such program. */
  constructor({ path, args, env }: ToolCommand, events: ToolEvents) {
    this.#events = events;
    this.#process = new Deno.Command(path, {
      args: [...args],
      env,
      // Kept open and never written to: our own agent ends when it closes, however we ended.
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#gone = this.#run();
  }

  /** Of the process, for logs. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Ends it, by force if it takes its time. Resolves when it is gone. */
  async end(): Promise<void> {
    this.#isOver = true;
    this.#kill("SIGTERM");
    const timer = setTimeout(() => this.#kill("SIGKILL"), TERM_MS);
    await this.#gone;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    const { stdout, stderr } = this.#process;
    // A child of its own may hold the pipes open after it has ended: they are not waited for long.
    const read = Promise.all([this.#read(stdout), this.#read(stderr)]);
    const { code, signal } = await this.#process.status;
    this.#process.stdin.abort().catch(() => {});
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, TERM_MS);
    await Promise.race([read, late.promise]);
    clearTimeout(timer);
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.onEnd(signal === null ? `status ${code}` : signal, this.#lines);
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const lines = new ToolLines((line) => this.#onLine(line));
    for await (const text of stream.pipeThrough(new TextDecoderStream())) lines.push(text);
    lines.end();
  }

  #onLine(line: string): void {
    if (this.#isOver) return;
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    this.#events.onLine(line);
  }

  #kill(signal: Deno.Signal): void {
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended.
    }
  }
}

/** Longest line that is kept whole; an announcement of an address has some hundred characters. */
export const MAX_LINE_CHARS = 4_096;

/**
 * Cuts what a program writes into lines: holds at most one line, drops what is over its length up to
 * the next line break, and takes colours and control characters out.
 */
export class ToolLines {
  #rest = "";
  readonly #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next piece of output, of any size. */
  push(text: string): void {
    const pieces = text.split(/\r?\n|\r/);
    for (const [index, piece] of pieces.entries()) {
      if (index > 0) this.end();
      this.#rest += piece.slice(0, MAX_LINE_CHARS - this.#rest.length);
    }
  }

  /** There is no more. */
  end(): void {
    // deno-lint-ignore no-control-regex -- these very characters are to go
    const line = stripVTControlCharacters(this.#rest).replaceAll(/[\x00-\x1f\x7f-\x9f]/g, " ")
      .trim();
    this.#rest = "";
    if (line !== "") this.#onLine(line);
  }
}
