import { joinBytes } from "@/protocol";
import { encoderArgs, type FrameFormat, framesPerSecond } from "./ffmpeg_args.ts";
import { FfmpegRun } from "./ffmpeg_run.ts";
import { FlvParser } from "./flv.ts";
import type { FrameName } from "./frame_names.ts";

/** One encoded frame. */
export interface AccessUnit extends FrameName {
  readonly isKey: boolean;
  /** NAL units, each behind its length as a big-endian `u32`; a key frame has its parameter sets first. */
  readonly nals: Uint8Array;
}

/** What an encoder tells. Nothing comes after `onEnd`, and nothing after `close`. */
export interface EncoderEvents {
  onUnit(unit: AccessUnit): void;
  onEnd(lines: readonly string[]): void;
  onLine(line: string): void;
}

/**
 * Frames that went in and have not come out. A healthy encoder has one or two; with so many it hangs.
 */
export const MAX_PENDING_FRAMES = 60;

/** One that has not read a frame, or not answered any, for so long hangs; at its start it may take longer. */
export const HUNG_MS = { start: 10_000, later: 1_500 } as const;

/** After so long a run a fresh one is made: FLV's 31 bits of ms would end in 24 days. */
const MAX_RUN_S = 7 * 24 * 3600;

/**
 * Encodes raw frames once for all who watch: one frame is being written, the newest waits, and what comes
 * while one waits takes its place. Which unit is which frame is told by its pts, which counts the frames
 * that were written.
 */
export class Encoder {
  readonly #run: FfmpegRun;
  readonly #events: EncoderEvents;
  readonly #fps: number;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  /** By the number of the frame in this run. */
  readonly #pending = new Map<number, FrameName>();
  #written = 0;
  #waiting: { readonly name: FrameName; readonly i420: Uint8Array } | null = null;
  /** Memory of a frame that was written, to be used again. */
  #spare: Uint8Array | null = null;
  /** When the frame that is being written began to be; `null`: none is. */
  #writingSinceMs: number | null = null;
  #hasAnswered = false;
  #isOver = false;
  #parameterSets: Uint8Array | null = null;

  /** @throws {Deno.errors.NotFound | Deno.errors.NotCapable} If there is no such program. */
  constructor(ffmpeg: string, format: FrameFormat, events: EncoderEvents) {
    this.#events = events;
    this.#fps = framesPerSecond(format);
    this.#run = new FfmpegRun({ path: ffmpeg, args: encoderArgs(format) }, {
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

  /** Of the process, for tests. */
  get pid(): number {
    return this.#run.pid;
  }

  /**
   * Takes a frame, which is copied. @returns Whether no other frame had to go for it.
   */
  encode(i420: Uint8Array, name: FrameName): boolean {
    if (this.#isHung) this.#run.fail("it does not read");
    if (this.#isOver) return false;
    const isFirst = this.#waiting === null;
    const memory = this.#waiting?.i420 ?? this.#spare ?? new Uint8Array(i420.length);
    this.#spare = null;
    memory.set(i420);
    this.#waiting = { name, i420: memory };
    if (this.#writingSinceMs === null) void this.#write();
    return isFirst;
  }

  /** Ends it at once. */
  close(): void {
    this.#isOver = true;
    this.#run.kill();
  }

  get #isHung(): boolean {
    const limitMs = this.#hasAnswered ? HUNG_MS.later : HUNG_MS.start;
    return this.#writingSinceMs !== null && performance.now() - this.#writingSinceMs > limitMs;
  }

  async #write(): Promise<void> {
    try {
      while (this.#waiting !== null && !this.#isOver) {
        const { name, i420 } = this.#waiting;
        this.#waiting = null;
        this.#pending.set(this.#written, name);
        this.#written += 1;
        if (this.#pending.size > MAX_PENDING_FRAMES) return this.#run.fail("it does not encode");
        if (this.#written > MAX_RUN_S * this.#fps) return this.#run.fail("it ran for long");
        this.#writingSinceMs = performance.now();
        await this.#writer.write(i420);
        this.#spare = i420;
      }
    } catch {
      // Its end is told by the end of the process.
    } finally {
      this.#writingSinceMs = null;
    }
  }

  async #read(): Promise<void> {
    const parser = new FlvParser();
    for await (const bytes of this.#run.stdout) {
      if (this.#isOver) return;
      for (const item of parser.push(bytes)) {
        if (item.kind === "config") this.#parameterSets = withLengths([item.sps, item.pps]);
        else this.#tell(item.ptsMs, item.isKey, item.nals);
      }
    }
  }

  #tell(ptsMs: number, isKey: boolean, nals: Uint8Array): void {
    const number = Math.round(ptsMs * this.#fps / 1000);
    const name = this.#pending.get(number);
    // What is older never comes: units come in the order of their frames.
    for (const older of this.#pending.keys()) {
      if (older > number) break;
      this.#pending.delete(older);
    }
    this.#hasAnswered = true;
    if (name === undefined || (isKey && this.#parameterSets === null)) return;
    const parts = isKey ? [this.#parameterSets!, nals] : [nals];
    this.#events.onUnit({ ...name, isKey, nals: joinBytes(parts) });
  }
}

function withLengths(nals: readonly Uint8Array[]): Uint8Array {
  return joinBytes(nals.flatMap((nal) => {
    const length = new Uint8Array(4);
    new DataView(length.buffer).setUint32(0, nal.length);
    return [length, nal];
  }));
}
