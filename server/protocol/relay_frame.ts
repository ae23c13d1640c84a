// This module is browser compatible.

/**
 * Layout of one frame on its way through the server, little-endian:
 *
 * | offset | type | field |
 * |---|---|---|
 * | 0 | u8 | `RELAY_FRAME_VERSION` |
 * | 1 | u8 | 0 |
 * | 2 | u16 | width of the JPEG, px |
 * | 4 | u16 | height of the JPEG, px |
 * | 6 | u16 | 0 |
 * | 8 | u32 | frame id, rises by any step, wraps |
 * | 12 | u32 | bytes of the JPEG |
 * | 16 | f64 | when the phone's page got the frame from its camera, ms since the epoch on its clock |
 * | 24 | … | the JPEG |
 */
export const RELAY_FRAME_VERSION = 1;

/** Bytes before the JPEG. */
export const RELAY_FRAME_HEADER_BYTES = 24;

/** Longest JPEG that is relayed. One of 640×480 has 30 to 60 kB, of pure noise about 300 kB. */
export const MAX_RELAY_JPEG_BYTES = 512 * 1024;

/** Longest message with a frame. */
export const MAX_RELAY_FRAME_BYTES = RELAY_FRAME_HEADER_BYTES + MAX_RELAY_JPEG_BYTES;

/** Longest side of what phones send through the server, px. */
export const MAX_RELAY_SIDE_PX = 640;

/** What a frame says of itself. */
export interface RelayFrame {
  readonly frameId: number;
  /** Of the JPEG, px. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** Ms since the epoch on the phone's clock. */
  readonly captureTimeMs: number;
  /** A view of the message, not a copy. */
  readonly jpeg: Uint8Array<ArrayBuffer>;
}

/** Why a frame is refused. */
export const RELAY_FRAME_ERROR_CODES = [
  "too-short",
  "bad-version",
  "too-large",
  "bad-length",
  "bad-size",
  "bad-time",
] as const;
/** See {@linkcode RELAY_FRAME_ERROR_CODES}. */
export type RelayFrameErrorCode = (typeof RELAY_FRAME_ERROR_CODES)[number];

/** The year 2500: a time beyond it is an error. */
const MAX_TIME_MS = 16_725_225_600_000;

/** Writes header and JPEG into a fresh message. The inverse of {@linkcode decodeRelayFrame}. */
export function encodeRelayFrame(frame: RelayFrame): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(RELAY_FRAME_HEADER_BYTES + frame.jpeg.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, RELAY_FRAME_VERSION);
  view.setUint16(2, frame.widthPx, true);
  view.setUint16(4, frame.heightPx, true);
  view.setUint32(8, frame.frameId, true);
  view.setUint32(12, frame.jpeg.length, true);
  view.setFloat64(16, frame.captureTimeMs, true);
  message.set(frame.jpeg, RELAY_FRAME_HEADER_BYTES);
  return message;
}

/** Reads a frame and checks all that its header says; answers why it is none of ours. */
export function decodeRelayFrame(
  message: Uint8Array<ArrayBuffer>,
): RelayFrame | RelayFrameErrorCode {
  if (message.length <= RELAY_FRAME_HEADER_BYTES) return "too-short";
  if (message.length > MAX_RELAY_FRAME_BYTES) return "too-large";
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (view.getUint8(0) !== RELAY_FRAME_VERSION) return "bad-version";
  const frame: RelayFrame = {
    frameId: view.getUint32(8, true),
    widthPx: view.getUint16(2, true),
    heightPx: view.getUint16(4, true),
    captureTimeMs: view.getFloat64(16, true),
    jpeg: message.subarray(RELAY_FRAME_HEADER_BYTES),
  };
  if (view.getUint32(12, true) !== frame.jpeg.length) return "bad-length";
  if (![frame.widthPx, frame.heightPx].every(isSide)) return "bad-size";
  const { captureTimeMs } = frame;
  return captureTimeMs >= 0 && captureTimeMs < MAX_TIME_MS ? frame : "bad-time";
}

function isSide(px: number): boolean {
  return px > 0 && px <= MAX_RELAY_SIDE_PX;
}

/** How much later than `b` the frame `a` is, by ids that wrap; 0 or less: it is not. */
export function framesAfter(a: number, b: number): number {
  return (a - b) | 0;
}
