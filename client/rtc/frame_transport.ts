import type { FromStreamMessage, ToStreamMessage } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { FrameTransportKind, TakeChannels, TakeTopic } from "../inference/frame_stream.ts";

/** What a page says about one of its streams on its control link. */
export type ToStreamBody = ToStreamMessage["body"];

/** What the server says about one stream on the control link. */
export type FromStreamBody = FromStreamMessage["body"];

/** Largest message that is ever sent: what libdatachannel takes, and short enough to wait behind. */
export const MAX_MESSAGE_BYTES = 262_144;

/** What a transport is given, and whom it tells. Callbacks come after it has been returned. */
export interface FrameTransportIo {
  readonly log: Log;
  /** On the control link; says whether that was possible. */
  say(body: ToStreamBody): boolean;
  /** Frames may be sent. */
  onOpen(): void;
  onText(text: string): void;
  /** They may not any more, or it never came about; not after `close`. */
  onClose(): void;
  /** Asked as soon as there are channels. Where they are taken, nothing is sent or heard here. */
  readonly takeChannels?: TakeChannels | undefined;
  /** Given the topic, which is never used here. */
  readonly takeTopic: TakeTopic;
}

/** Carries frames to the server, and texts both ways. Opens by itself. */
export interface FrameTransport {
  /** What frames go over; `null`: nothing now. */
  readonly kind: FrameTransportKind | null;
  readonly isOpen: boolean;
  /** Largest message that the other side takes. */
  readonly maxMessageBytes: number;
  /** Handed over and not sent yet. */
  readonly bufferedBytes: number;
  /** Sends if it is open; says whether it did. */
  send(message: Uint8Array<ArrayBuffer> | string): boolean;
  /** Takes what the server said on the control link. */
  receive?(body: FromStreamBody): void;
  /** Nothing comes back over it: it is not open any more, whatever it says of itself. */
  giveUp(): void;
  close(): void;
}
