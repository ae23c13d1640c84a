import * as v from "valibot";
import { parseJson } from "@/protocol";

/** How far a download is. */
export interface Progress {
  readonly receivedBytes: number;
  readonly totalBytes: number | null;
}

const lineSchema = v.variant("kind", [
  v.object({
    kind: v.literal("progress"),
    receivedBytes: v.number(),
    totalBytes: v.nullable(v.number()),
  }),
  v.object({ kind: v.literal("model"), id: v.string() }),
  v.object({ kind: v.picklist(["said", "noted"]), text: v.string() }),
]);

/** What a command said last is what matters. */
const MAX_WORDS_CHARS = 4_000;
const MAX_LINE_CHARS = 100_000;

/** Progress is passed on this often at most: a download reports every chunk. */
const PROGRESS_INTERVAL_MS = 200;

/** Reads what `deno task models --json` writes. */
export class CommandWords {
  readonly #onProgress: (progress: Progress) => void;
  #text = "";
  #modelId: string | null = null;
  #toldMs = -Infinity;

  constructor(onProgress: (progress: Progress) => void) {
    this.#onProgress = onProgress;
  }

  /** All that it said, or the last of it. */
  get text(): string {
    return this.#text.trim();
  }

  /** The model that it pulled or added; `null`: none so far. */
  get modelId(): string | null {
    return this.#modelId;
  }

  /** Reads its standard output to the end. */
  async read(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let rest = "";
    for await (const part of stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + part).split("\n");
      rest = lines.pop()!.slice(0, MAX_LINE_CHARS);
      for (const line of lines) this.#take(line);
    }
  }

  /** Reads its standard error to the end: what broke it, where it did not say so itself. */
  async readFaults(stderr: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const part of stderr.pipeThrough(new TextDecoderStream())) this.#say(part);
  }

  #take(line: string): void {
    const result = v.safeParse(lineSchema, parseJson(line));
    if (!result.success) return;
    const said = result.output;
    switch (said.kind) {
      case "said":
        return this.#say(said.text);
      case "noted":
        // In place of the bar there is the progress.
        return / {2}\[[#.]+\] /.test(said.text) ? undefined : this.#say(said.text);
      case "model":
        this.#modelId = said.id;
        return;
      case "progress": {
        const { receivedBytes, totalBytes } = said;
        const nowMs = performance.now();
        const isWhole = receivedBytes === totalBytes;
        if (!isWhole && nowMs - this.#toldMs < PROGRESS_INTERVAL_MS) return;
        this.#toldMs = nowMs;
        return this.#onProgress({ receivedBytes, totalBytes });
      }
    }
  }

  #say(text: string): void {
    this.#text = (this.#text + text).slice(-MAX_WORDS_CHARS);
  }
}
