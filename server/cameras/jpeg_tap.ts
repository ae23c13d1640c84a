import { FramePace } from "@/protocol";
import { HUNG_MS } from "./encoder.ts";
import { type FrameFormat, jpegArgs, jpegSize } from "./ffmpeg_args.ts";
import { FfmpegRun } from "./ffmpeg_run.ts";
import type { FrameName } from "./frame_names.ts";
import { JpegSplitter } from "./jpeg_splitter.ts";

/** What a tap tells. Nothing comes after `onEnd`, and nothing after `close`. */
export interface JpegTapEvents {
  onJpeg(jpeg: Uint8Array, name: FrameName): void;
  onEnd(lines: readonly string[]): void;
  onLine(line: string): void;
}

/**
 * Makes JPEGs of some frames: one at a time, so that the newest is always taken and nothing waits. A frame
 * that comes while one is being made, or before its turn, is left out.
 */
export class JpegTap {
  /** Of its pictures. */
  readonly size: ReturnType<typeof jpegSize>;
  readonly #run: FfmpegRun;
  readonly #events: JpegTapEvents;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #pace = new FramePace();
  /** The frame that is being made. */
  #made: FrameName | null = null;
  #memory: Uint8Array | null = null;
  #madeSinceMs = 0;
  #hasAnswered = false;
  #isWriting = false;
  #isOver = false;

  /** @throws {Deno.errors.NotFound | Deno.errors.NotCapable} If there is no such program. */
  constructor(ffmpeg: string, format: FrameFormat, events: JpegTapEvents) {
    this.#events = events;
    this.size = jpegSize(format);
    this.#run = new FfmpegRun({ path: ffmpeg, args: jpegArgs(format) }, {
      onLine: (line) => events.onLine(line),
      onEnd: (lines) => {
        this.#isOver = true;
        events.onEnd(lines);
      },
    });
    this.#writer = this.#run.stdin.getWriter();
    this.#read().catch((error) => {
      if (error instanceof RangeError) this.#run.fail(error.message);
    });
  }

  /** Takes a frame, which is copied, if it is its turn. @returns `busy`: it was, but one is being made. */
  offer(
    i420: Uint8Array,
    name: FrameName,
    minIntervalMs: number,
  ): "taken" | "early" | "busy" {
    this.#pace.set(minIntervalMs);
    const turnAtMs = this.#pace.turnAtMs;
    if (this.#isOver || turnAtMs === null || name.captureTimeMs < turnAtMs) return "early";
    if (this.#made !== null || this.#isWriting) {
      const limitMs = this.#hasAnswered ? HUNG_MS.later : HUNG_MS.start;
      if (performance.now() - this.#madeSinceMs > limitMs) this.#run.fail("it does not answer");
      return "busy";
    }
    this.#pace.taken(name.captureTimeMs);
    this.#made = name;
    this.#madeSinceMs = performance.now();
    this.#memory ??= new Uint8Array(i420.length);
    this.#memory.set(i420);
    void this.#write(this.#memory);
    return "taken";
  }

  /** Ends it at once. */
  close(): void {
    this.#isOver = true;
    this.#run.kill();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#isWriting = true;
    try {
      await this.#writer.write(bytes);
    } catch {
      // Its end is told by the end of the process.
    } finally {
      this.#isWriting = false;
    }
  }

  async #read(): Promise<void> {
    const splitter = new JpegSplitter();
    for await (const bytes of this.#run.stdout) {
      for (const jpeg of splitter.push(bytes)) {
        this.#hasAnswered = true;
        const name = this.#made;
        this.#made = null;
        if (name !== null && !this.#isOver) this.#events.onJpeg(jpeg, name);
      }
    }
  }
}
