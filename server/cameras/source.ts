import type { CameraSpec } from "../base/camera_spec.ts";
import { type FrameFormat, readerArgs } from "./ffmpeg_args.ts";
import { FfmpegRun } from "./ffmpeg_run.ts";
import { FRAME_MARK, i420Bytes, MAX_HEADER_BYTES, parseY4mHeader } from "./y4m.ts";

/** What a running source tells. Nothing comes after `onEnd`, and nothing after `close`. */
export interface SourceEvents {
  /** Once, before the first frame. */
  onFormat(format: FrameFormat): void;
  /**
   * @param i420 The next frame; the source's own memory, valid until this returns.
   * @param captureTimeMs When it came, on our clock: its first byte, where it comes in pieces.
   */
  onFrame(i420: Uint8Array, captureTimeMs: number): void;
  /** @param lines Why, in words that may hold an address and a password. */
  onEnd(lines: readonly string[]): void;
  /** Words of ffmpeg's; they may hold an address and a password. */
  onLine(line: string): void;
}

/** What gives frames until it ends or is closed. */
export interface Source {
  close(): void;
  /** Of the process that reads, for tests; `null`: none does. */
  readonly pid: number | null;
}

/** Starts a source. */
export type OpenSource = (events: SourceEvents) => Source;

/** Reads a file, an IP camera or a USB camera with ffmpeg. @param now See `server/base/clock.ts`. */
export function ffmpegSource(
  { ffmpeg, spec, now }: {
    readonly ffmpeg: string;
    readonly spec: CameraSpec;
    readonly now: () => number;
  },
  events: SourceEvents,
): Source {
  const run = new FfmpegRun({ path: ffmpeg, args: readerArgs(spec) }, events);
  void run.stdin.close().catch(() => {});
  let isOver = false;
  const read = async () => {
    const bytes = new ExactReader(run.stdout);
    const format = parseY4mHeader(await bytes.line(MAX_HEADER_BYTES));
    if (!isOver) events.onFormat(format);
    const mark = FRAME_MARK.length;
    let frame = new Uint8Array(mark + i420Bytes(format));
    while (!isOver) {
      const { filled, firstAtMs } = await bytes.fill(frame, now);
      frame = filled;
      if (String.fromCharCode(...frame.subarray(0, mark)) !== FRAME_MARK) {
        throw new RangeError("Cannot read frames: one does not begin as it should");
      }
      if (!isOver) events.onFrame(frame.subarray(mark), firstAtMs);
    }
  };
  read().catch((error) => {
    // An end of the stream is told by the end of the process, which knows why.
    if (error instanceof RangeError) run.fail(error.message);
  });
  return {
    pid: run.pid,
    close() {
      isOver = true;
      run.kill();
    },
  };
}

/** Thrown at the end of the stream. */
class EndOfStream extends Error {}

/** Reads so many bytes and no more, into memory that is used again. */
class ExactReader {
  readonly #reader: ReadableStreamBYOBReader;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.#reader = stream.getReader({ mode: "byob" });
  }

  /** Without its line end. */
  async line(maxBytes: number): Promise<string> {
    let text = "";
    let one = new Uint8Array(1);
    for (;;) {
      one = (await this.fill(one, () => 0)).filled;
      if (one[0] === 0x0a) return text;
      text += String.fromCharCode(one[0]!);
      if (text.length > maxBytes) {
        throw new RangeError("Cannot read frames: their header is too long");
      }
    }
  }

  /** Fills the whole of `target`, whose memory moves to the answer. */
  async fill(
    target: Uint8Array<ArrayBuffer>,
    now: () => number,
  ): Promise<{ filled: Uint8Array<ArrayBuffer>; firstAtMs: number }> {
    let memory: ArrayBuffer = target.buffer;
    let at = 0;
    let firstAtMs = 0;
    while (at < memory.byteLength) {
      const { value, done } = await this.#reader.read(new Uint8Array(memory, at));
      if (done || value === undefined) throw new EndOfStream();
      if (at === 0) firstAtMs = now();
      at += value.byteLength;
      memory = value.buffer as ArrayBuffer;
    }
    return { filled: new Uint8Array(memory), firstAtMs };
  }
}
