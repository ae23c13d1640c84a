import type { FromStreamMessage, ToStreamMessage } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { FrameCarrierKind } from "../inference/inference_link.ts";

/** What a page says over signalling about one of its streams. */
export type ToStreamBody = ToStreamMessage["body"];

/** What the server says over signalling about one stream. */
export type FromStreamBody = FromStreamMessage["body"];

/** Largest message that is ever sent: what Deno's WebSocket and libdatachannel both take. */
export const MAX_MESSAGE_BYTES = 262_144;

/** What a carrier is given, and whom it tells. Callbacks come after it has been returned. */
export interface FrameCarrierIo {
  readonly log: Log;
  /** Over signalling; says whether that was possible. */
  say(body: ToStreamBody): boolean;
  /** Frames may be sent. */
  onOpen(): void;
  onText(text: string): void;
  /** It is over, or never came about. Once; not after `close`. */
  onClose(): void;
}

/** One way to the server for frames, and for texts both ways. Opens by itself. */
export interface FrameCarrier {
  readonly kind: FrameCarrierKind;
  /** Largest message that the other side takes. */
  readonly maxMessageBytes: number;
  /** Handed over and not sent yet. */
  readonly bufferedBytes: number;
  /** Sends if it is open; says whether it did. */
  send(message: Uint8Array<ArrayBuffer> | string): boolean;
  /** Takes what the server said over signalling; ignores what is not for this kind of carrier. */
  receive(body: FromStreamBody): void;
  close(): void;
}
