// This module is browser compatible.
import { CAPTURE_CLOCKS, type CaptureClock } from "./timing.ts";

/**
 * Layout of one chunk of one frame on its way to the server, little-endian:
 *
 * | offset | type | field |
 * |---|---|---|
 * | 0 | u8 | `FRAME_VERSION` |
 * | 1 | u8 | capture clock: 0 not known, else 1 + its place in `CAPTURE_CLOCKS` |
 * | 2 | u16 | chunk index, from 0 |
 * | 4 | u16 | chunk count, from 1 |
 * | 6 | u16 | width of the JPEG, px |
 * | 8 | u16 | height of the JPEG, px |
 * | 10 | u16 | source: another number than before when the frames are of another camera |
 * | 12 | u32 | frame id, rises by any step, wraps |
 * | 16 | u32 | bytes of the whole JPEG |
 * | 20 | u32 | where this chunk's bytes begin in the JPEG |
 * | 24 | f64 | capture time, ms since the epoch on the server's clock; NaN when not known |
 * | 32 | u32 | age of the frame when it was sent, ms, on the sender's clock |
 * | 36 | … | this chunk's bytes |
 */
export const FRAME_VERSION = 2;

/** Bytes before a chunk's payload. */
export const FRAME_HEADER_BYTES = 36;

/** Longest JPEG that is taken. A 1280×720 picture at quality 0.85 has about 200 kB. */
export const MAX_JPEG_BYTES = 2 * 1024 * 1024;

/** Largest side of a JPEG that is taken, px. */
export const MAX_JPEG_SIDE_PX = 4096;

/** Chunks of one frame at most: the longest JPEG in the smallest messages that peers negotiate. */
export const MAX_CHUNKS = 256;

/** Frames of one stream that may be on their way or in work at once. */
export const MAX_FRAMES_IN_FLIGHT = 2;

/** A frame older than this when it arrives, or while it waits, is dropped. */
export const FRAME_DEADLINE_MS = 500;

/** What a chunk says of itself and its frame. */
export interface FrameChunk {
  readonly frameId: number;
  readonly chunkIndex: number;
  readonly chunkCount: number;
  /** Of the JPEG, px. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Of the whole JPEG. */
  readonly jpegBytes: number;
  /** Where `payload` begins in the JPEG. */
  readonly offsetBytes: number;
  /** Ms since the epoch on the server's clock; `null` when not known. */
  readonly captureTimeMs: number | null;
  /** What that is made from; `null` when not known, and always without a capture time. */
  readonly captureClock: CaptureClock | null;
  /** Another one than before when the frames are of another camera; 0 to 65535. @default {0} */
  readonly source?: number;
  /** How old the frame was when it was sent, ms. */
  readonly ageMs: number;
  /** A view of the message, not a copy. */
  readonly payload: Uint8Array;
}

/** Why a chunk is refused. One closed list for counters, tests and logs. */
export const FRAME_ERROR_CODES = [
  "too-short",
  "bad-version",
  "bad-chunk",
  "bad-size",
  "too-large",
  "bad-time",
  "bad-clock",
] as const;
/** See {@linkcode FRAME_ERROR_CODES}. */
export type FrameErrorCode = (typeof FRAME_ERROR_CODES)[number];

/** A chunk that is not one of ours. */
export class FrameError extends Error {
  override readonly name = "FrameError";
  readonly code: FrameErrorCode;

  constructor(code: FrameErrorCode, value: unknown) {
    super(`Cannot accept frame chunk: ${code}: ${value}`);
    this.code = code;
  }
}

/** Writes a chunk's header and payload into a fresh message. The inverse of {@linkcode decodeChunk}. */
export function encodeChunk(chunk: FrameChunk): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(FRAME_HEADER_BYTES + chunk.payload.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, FRAME_VERSION);
  view.setUint8(
    1,
    chunk.captureClock === null ? 0 : 1 + CAPTURE_CLOCKS.indexOf(chunk.captureClock),
  );
  view.setUint16(2, chunk.chunkIndex, true);
  view.setUint16(4, chunk.chunkCount, true);
  view.setUint16(6, chunk.widthPx, true);
  view.setUint16(8, chunk.heightPx, true);
  view.setUint16(10, chunk.source ?? 0, true);
  view.setUint32(12, chunk.frameId, true);
  view.setUint32(16, chunk.jpegBytes, true);
  view.setUint32(20, chunk.offsetBytes, true);
  view.setFloat64(24, chunk.captureTimeMs ?? NaN, true);
  view.setUint32(32, chunk.ageMs, true);
  message.set(chunk.payload, FRAME_HEADER_BYTES);
  return message;
}

/**
 * Reads a chunk and checks everything in it that can be checked without its fellows.
 * @throws {FrameError} If it is not a chunk of ours, or claims what no frame may have.
 */
export function decodeChunk(message: Uint8Array): FrameChunk {
  if (message.length <= FRAME_HEADER_BYTES) throw new FrameError("too-short", message.length);
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  const version = view.getUint8(0);
  if (version !== FRAME_VERSION) throw new FrameError("bad-version", version);
  const captureTimeMs = view.getFloat64(24, true);
  const chunk: FrameChunk = {
    chunkIndex: view.getUint16(2, true),
    chunkCount: view.getUint16(4, true),
    widthPx: view.getUint16(6, true),
    heightPx: view.getUint16(8, true),
    frameId: view.getUint32(12, true),
    jpegBytes: view.getUint32(16, true),
    offsetBytes: view.getUint32(20, true),
    captureTimeMs: Number.isNaN(captureTimeMs) ? null : captureTimeMs,
    captureClock: captureClockOf(view.getUint8(1)),
    source: view.getUint16(10, true),
    ageMs: view.getUint32(32, true),
    payload: message.subarray(FRAME_HEADER_BYTES),
  };
  check(chunk);
  return chunk;
}

function captureClockOf(flags: number): CaptureClock | null {
  if (flags === 0) return null;
  const clock = CAPTURE_CLOCKS[flags - 1];
  if (clock === undefined) throw new FrameError("bad-clock", flags);
  return clock;
}

function check(chunk: FrameChunk): void {
  const { chunkIndex, chunkCount, widthPx, heightPx, jpegBytes, offsetBytes, payload } = chunk;
  if (jpegBytes > MAX_JPEG_BYTES) throw new FrameError("too-large", `${jpegBytes} bytes`);
  if (chunkCount === 0 || chunkCount > MAX_CHUNKS || chunkIndex >= chunkCount) {
    throw new FrameError("bad-chunk", `${chunkIndex} of ${chunkCount}`);
  }
  if (
    offsetBytes + payload.length > jpegBytes || (chunkCount === 1 && payload.length !== jpegBytes)
  ) {
    throw new FrameError("bad-chunk", `${offsetBytes} + ${payload.length} of ${jpegBytes} bytes`);
  }
  const sides = [widthPx, heightPx];
  if (sides.some((sidePx) => sidePx === 0 || sidePx > MAX_JPEG_SIDE_PX)) {
    throw new FrameError("bad-size", `${widthPx}×${heightPx}`);
  }
  const { captureTimeMs, captureClock } = chunk;
  if (captureTimeMs !== null && !(captureTimeMs >= 0 && captureTimeMs < MAX_TIME_MS)) {
    throw new FrameError("bad-time", captureTimeMs);
  }
  if (captureTimeMs === null && captureClock !== null) {
    throw new FrameError("bad-clock", `${captureClock} without a time`);
  }
}

/** The year 2500: a time beyond it is an error and would not survive JSON in one piece. */
const MAX_TIME_MS = 16_725_225_600_000;

/** What a frame is, before it is cut into chunks. */
export interface OutgoingFrame
  extends Omit<FrameChunk, "chunkIndex" | "chunkCount" | "jpegBytes" | "offsetBytes" | "payload"> {
  readonly jpeg: Uint8Array;
}

/**
 * Cuts a frame into messages of at most `maxMessageBytes`.
 * @throws {RangeError} If that would take more than {@linkcode MAX_CHUNKS} messages.
 */
export function encodeFrame(
  frame: OutgoingFrame,
  maxMessageBytes: number,
): Uint8Array<ArrayBuffer>[] {
  const { jpeg, ...fields } = frame;
  const roomBytes = maxMessageBytes - FRAME_HEADER_BYTES;
  const chunkCount = Math.ceil(jpeg.length / roomBytes);
  if (!(roomBytes > 0) || chunkCount > MAX_CHUNKS || jpeg.length > MAX_JPEG_BYTES) {
    throw new RangeError(
      `Cannot cut frame: ${jpeg.length} bytes into messages of ${maxMessageBytes}`,
    );
  }
  return Array.from({ length: chunkCount }, (_, chunkIndex) => {
    const offsetBytes = chunkIndex * roomBytes;
    const payload = jpeg.subarray(offsetBytes, offsetBytes + roomBytes);
    return encodeChunk({
      ...fields,
      chunkIndex,
      chunkCount,
      jpegBytes: jpeg.length,
      offsetBytes,
      payload,
    });
  });
}
