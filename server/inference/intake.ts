import {
  type CaptureClock,
  decodeChunk,
  FRAME_DEADLINE_MS,
  type FrameChunk,
  type FrameDropCause,
  FrameError,
  MAX_CHUNKS,
  MAX_FRAMES_IN_FLIGHT,
  MAX_JPEG_SIDE_PX,
  type Rate,
} from "@/protocol";
import { DelayMeter } from "./delay_meter.ts";
import { PartialFrame } from "./partial_frame.ts";
import { TokenBucket } from "../base/token_bucket.ts";

/** Frames that may be incomplete at once: those in flight, and one that the viewer gave up. */
export const MAX_PARTIAL_FRAMES = MAX_FRAMES_IN_FLIGHT + 1;

/** Twice what the fastest camera gives, so that no honest stream loses a frame to bunching. */
export const FRAME_RATE: Rate = { perSecond: 120, burst: 120 };

/**
 * Some 16 chunks for each of those frames: 200 kB in messages of 16 KiB, the smallest that peers
 * use in practice. The burst is what may be in flight, in the smallest chunks that there are.
 */
export const CHUNK_RATE: Rate = { perSecond: 2048, burst: MAX_CHUNKS * MAX_PARTIAL_FRAMES };

/** Ids remembered after their frame ended. An older one is taken for a replay. */
const MAX_ENDED = 64;

/** A frame of which every byte is here. Times are ms on this process's clock. */
export interface CompleteFrame {
  readonly frameId: number;
  /** The receiver's to keep, and to transfer. */
  readonly jpeg: Uint8Array<ArrayBuffer>;
  /** As its sender says. */
  readonly widthPx: number;
  readonly heightPx: number;
  readonly captureTimeMs: number | null;
  readonly captureClock: CaptureClock | null;
  /** Names the camera among those of its stream. */
  readonly source: number;
  /** When the last byte came. */
  readonly receiveTimeMs: number;
  /** From when on it is too old to be worked on. */
  readonly expiresAtMs: number;
}

/** A frame given up, or a message that is none. `frameId`: whose sender should be told; else `null`. */
export interface IntakeDrop {
  readonly frameId: number | null;
  readonly cause: FrameDropCause;
}

/** What became of one message. Over all messages: begun = complete + dropped + still partial. */
export interface IntakeStep {
  /** 1 if the message began a frame, or is one that is counted by itself; else 0. */
  readonly begun: 0 | 1;
  readonly complete: CompleteFrame | null;
  readonly drops: readonly IntakeDrop[];
}

const NO_DROPS: readonly IntakeDrop[] = [];
const TAKEN: IntakeStep = { begun: 0, complete: null, drops: NO_DROPS };

/**
 * Chunks of one stream in, whole frames out, each once. What is held is bounded whatever comes:
 * {@linkcode MAX_PARTIAL_FRAMES} frames with no more bytes than a frame may have. No clock of its own.
 */
export class Intake {
  readonly #chunkRate = new TokenBucket(CHUNK_RATE);
  readonly #frameRate = new TokenBucket(FRAME_RATE);
  /** In order of arrival. */
  readonly #partial = new Map<number, PartialFrame>();
  /** In order of their end. */
  readonly #ended = new Map<number, "complete" | "dropped">();
  readonly #delays = new DelayMeter();
  /** What the delays are counted from, and of which camera's frames. */
  #delaysOf = "";
  #newestId: number | null = null;
  readonly #maxSidePx: () => number;

  /** @param maxSidePx Of a frame, as it says itself. */
  constructor(maxSidePx: () => number = () => MAX_JPEG_SIDE_PX) {
    this.#maxSidePx = maxSidePx;
  }

  /** Frames begun and not ended. */
  get partialFrames(): number {
    return this.#partial.size;
  }

  /** Bytes of those. */
  get heldBytes(): number {
    let bytes = 0;
    for (const frame of this.#partial.values()) bytes += frame.heldBytes;
    return bytes;
  }

  /** Takes one message; its bytes are the intake's to keep. */
  push(message: Uint8Array, nowMs: number): IntakeStep {
    if (!this.#chunkRate.take(nowMs)) return refused(null, "too-fast");
    const chunk = decode(message);
    if (chunk === null) return refused(null, "bad-frame");
    const partial = this.#partial.get(chunk.frameId);
    if (partial !== undefined) return this.#continue(partial, chunk, nowMs);
    const end = this.#ended.get(chunk.frameId);
    // Late chunks of a frame that was counted as dropped are no news.
    if (end === "dropped") return TAKEN;
    return end === "complete" ? refused(null, "replayed") : this.#begin(chunk, nowMs);
  }

  /** Gives up the frames that have grown too old for their missing chunks to matter. */
  sweep(nowMs: number): readonly IntakeDrop[] {
    return this.#dropWhere((frame) => nowMs >= frame.expiresAtMs, "incomplete");
  }

  #begin(chunk: FrameChunk, nowMs: number): IntakeStep {
    const { frameId } = chunk;
    if (this.#newestId !== null && !isNewer(frameId, this.#newestId)) {
      const age = (this.#newestId - frameId) >>> 0;
      return age > MAX_ENDED ? refused(null, "replayed") : this.#refuse(frameId, "superseded");
    }
    if (!this.#frameRate.take(nowMs)) {
      this.#end(frameId, "dropped");
      // Not told to the sender: it would be a message for each one of a flood.
      return refused(null, "too-fast");
    }
    const expiresAtMs = nowMs + FRAME_DEADLINE_MS - this.#ageOf(chunk, nowMs);
    if (expiresAtMs <= nowMs) return this.#refuse(frameId, "expired");
    if (Math.max(chunk.widthPx, chunk.heightPx) > this.#maxSidePx()) {
      return this.#refuse(frameId, "too-costly");
    }
    const frame = new PartialFrame(chunk, expiresAtMs);
    this.#partial.set(frameId, frame);
    if (frame.isComplete) return { ...this.#complete(frame, nowMs), begun: 1 };
    const [oldest] = this.#partial.values();
    const drops = this.#partial.size > MAX_PARTIAL_FRAMES
      ? [this.#drop(oldest!.frameId, "incomplete")]
      : NO_DROPS;
    return { begun: 1, complete: null, drops };
  }

  /**
   * How old the frame is: what its sender measured, and what the network took longer than it does for
   * others. A capture time by itself expires nothing: with a clock that is wrong it would be every
   * frame, and what the camera needs is none of the sender's fault.
   */
  #ageOf({ captureTimeMs, captureClock, source, ageMs }: FrameChunk, nowMs: number): number {
    if (captureTimeMs === null) return ageMs;
    // Delays from other moments than before, or over another transport, compare with none of before.
    const delaysOf = `${captureClock} ${source}`;
    if (delaysOf !== this.#delaysOf) this.#delays.clear();
    this.#delaysOf = delaysOf;
    return ageMs + this.#delays.excessMs(nowMs - captureTimeMs - ageMs, nowMs);
  }

  #continue(frame: PartialFrame, chunk: FrameChunk, nowMs: number): IntakeStep {
    if (frame.add(chunk) === "contradiction") {
      return { ...TAKEN, drops: [this.#drop(frame.frameId, "bad-frame")] };
    }
    return frame.isComplete ? this.#complete(frame, nowMs) : TAKEN;
  }

  #complete(frame: PartialFrame, nowMs: number): IntakeStep {
    const { frameId, expiresAtMs } = frame;
    if (nowMs >= expiresAtMs) return { ...TAKEN, drops: [this.#drop(frameId, "expired")] };
    const jpeg = frame.assemble();
    if (jpeg === null) return { ...TAKEN, drops: [this.#drop(frameId, "bad-frame")] };
    this.#partial.delete(frameId);
    this.#end(frameId, "complete");
    this.#newestId = frameId;
    const drops = this.#dropWhere((other) => isNewer(frameId, other.frameId), "superseded");
    const complete = { frameId, jpeg, ...frame.facts, receiveTimeMs: nowMs, expiresAtMs };
    return { begun: 0, complete, drops };
  }

  #dropWhere(isDue: (frame: PartialFrame) => boolean, cause: FrameDropCause) {
    const due = [...this.#partial.values()].filter(isDue);
    return due.length === 0 ? NO_DROPS : due.map(({ frameId }) => this.#drop(frameId, cause));
  }

  #refuse(frameId: number, cause: FrameDropCause): IntakeStep {
    return { begun: 1, complete: null, drops: [this.#drop(frameId, cause)] };
  }

  #drop(frameId: number, cause: FrameDropCause): IntakeDrop {
    this.#partial.delete(frameId);
    this.#end(frameId, "dropped");
    return { frameId, cause };
  }

  #end(frameId: number, end: "complete" | "dropped"): void {
    this.#ended.set(frameId, end);
    if (this.#ended.size <= MAX_ENDED) return;
    const [oldest] = this.#ended.keys();
    this.#ended.delete(oldest!);
  }
}

/** Whether `a` comes after `b` in a count that wraps at 2³² (RFC 1982). */
export function isNewer(a: number, b: number): boolean {
  const distance = (a - b) >>> 0;
  return distance !== 0 && distance < 2 ** 31;
}

function refused(frameId: number | null, cause: FrameDropCause): IntakeStep {
  return { begun: 1, complete: null, drops: [{ frameId, cause }] };
}

function decode(message: Uint8Array): FrameChunk | null {
  try {
    return decodeChunk(message);
  } catch (error) {
    if (error instanceof FrameError) return null;
    throw error;
  }
}
