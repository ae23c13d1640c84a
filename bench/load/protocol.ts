import { createHmac, randomBytes } from "node:crypto";
import type {
  CaptureClock,
  FrameDropMessage,
  FrameResultMessage,
  INFERENCE_CHANNELS,
  Join,
  MAX_FRAMES_IN_FLIGHT,
  OutgoingFrame,
} from "@/protocol";

// A client's side, written from `server/protocol/README.md` and not from its code: the
// bench is a stranger to the app. `protocol_test.ts` holds the two against each other.

/** Frames of one stream on their way at most. */
export const WINDOW_FRAMES: typeof MAX_FRAMES_IN_FLIGHT = 2;

/** The two negotiated channels. */
export const CHANNELS: typeof INFERENCE_CHANNELS = {
  frames: { label: "frames", id: 0 },
  results: { label: "results", id: 1 },
  maxPacketLifeTimeMs: 250,
};

const FRAME_VERSION = 2;
const CAPTURE_CLOCK_CODES: Readonly<Record<CaptureClock, number>> = {
  captureTime: 1,
  phone: 2,
  receiveTime: 3,
};
const HEADER_BYTES = 36;

/** A frame as one message: a chunk that is all of it. */
export function encodeWholeFrame(frame: OutgoingFrame): Uint8Array {
  const { jpeg } = frame;
  const message = new Uint8Array(HEADER_BYTES + jpeg.length);
  const view = new DataView(message.buffer);
  view.setUint8(0, FRAME_VERSION);
  if (frame.captureClock !== null) view.setUint8(1, CAPTURE_CLOCK_CODES[frame.captureClock]);
  view.setUint16(4, 1, true);
  view.setUint16(6, frame.widthPx, true);
  view.setUint16(8, frame.heightPx, true);
  view.setUint32(12, frame.frameId, true);
  view.setUint32(16, jpeg.length, true);
  view.setFloat64(24, frame.captureTimeMs ?? NaN, true);
  view.setUint32(32, frame.ageMs, true);
  message.set(jpeg, HEADER_BYTES);
  return message;
}

/** What comes back for a frame. */
export type FrameAnswer = FrameResultMessage | FrameDropMessage;

/** The answer in a text of the results channel; `null` when it is about no frame. */
export function parseAnswer(text: string): FrameAnswer | null {
  const message = JSON.parse(text);
  return "frame_id" in message ? message : null;
}

/** 128 random bits in unpadded base64url. */
export function randomSecret(): string {
  return randomBytes(16).toString("base64url");
}

/** The message that makes a room of its own and joins it as its owner. */
export function joinOwnRoom(protocolVersion: number): Record<keyof Join, unknown> {
  const token = randomSecret();
  const mac = createHmac("sha256", token).update("peerlens room").digest();
  return {
    type: "join",
    version: protocolVersion,
    roomId: mac.subarray(0, 16).toString("base64url"),
    role: "owner",
    token,
    identity: randomSecret(),
    instance: randomSecret(),
    create: { viewToken: randomSecret(), joinToken: randomSecret() },
  };
}
