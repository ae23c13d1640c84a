import { stripVTControlCharacters } from "node:util";

/** How ffmpeg is started. */
export interface FfmpegCommand {
  /** The program: a path, or its name on `PATH`. */
  readonly path: string;
  readonly args: readonly string[];
}

/** What the owner of a run is told. Nothing comes after `onEnd`, and nothing after `kill`. */
export interface FfmpegEvents {
  /** Of its standard error; it may hold an address and a password. */
  onLine(line: string): void;
  /** @param lines Its last words. */
  onEnd(lines: readonly string[]): void;
}

/** Lines that are kept to say why it ended. */
const KEPT_LINES = 20;

const MAX_LINE_CHARS = 500;

/** What every run has: no questions, and words on standard error only where something is wrong. */
const QUIET = ["-hide_banner", "-nostdin", "-loglevel", "error"];

/** One run of ffmpeg, with a pipe to it and one from it. */
export class FfmpegRun {
  readonly #process: Deno.ChildProcess;
  readonly #events: FfmpegEvents;
  readonly #lines: string[] = [];
  #isOver = false;

  /** @throws {Deno.errors.NotFound | Deno.errors.NotCapable} If there is no such program. */
  constructor({ path, args }: FfmpegCommand, events: FfmpegEvents) {
    this.#events = events;
    this.#process = new Deno.Command(path, {
      args: [...QUIET, ...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    void this.#run();
  }

  /** Of the process, for tests. */
  get pid(): number {
    return this.#process.pid;
  }

  /** To be written to by one. */
  get stdin(): WritableStream<Uint8Array> {
    return this.#process.stdin;
  }

  /** To be read by one, who tells {@linkcode fail} of what cannot be read. */
  get stdout(): ReadableStream<Uint8Array> {
    return this.#process.stdout;
  }

  /** What it wrote makes no sense: ends it, and says so. */
  fail(problem: string): void {
    this.#lines.push(problem);
    this.#end();
  }

  /** Ends it at once: nothing that it has is worth waiting for. */
  kill(): void {
    this.#isOver = true;
    try {
      this.#process.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  }

  async #run(): Promise<void> {
    const { stderr, status } = this.#process;
    let rest = "";
    for await (const text of stderr.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split(/[\r\n]+/);
      rest = lines.pop()!.slice(0, MAX_LINE_CHARS);
      for (const line of lines) this.#take(line);
    }
    this.#take(rest);
    await status;
    this.#end();
  }

  #take(line: string): void {
    const text = stripVTControlCharacters(line).trim().slice(0, MAX_LINE_CHARS);
    if (text === "") return;
    this.#lines.push(text);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    if (!this.#isOver) this.#events.onLine(text);
  }

  #end(): void {
    if (this.#isOver) return;
    this.kill();
    this.#events.onEnd(this.#lines);
  }
}
