import {
  CONTROL_CHANNEL,
  MAX_CONTROL_CHARS,
  MAX_TIMING_CHARS,
  MESSAGE_BURST,
  MESSAGES_PER_SECOND,
  TIMING_CHANNEL,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import { FLOOD_PER_SECOND, Inlet, type InletLimits } from "./inlet.ts";

/** What carries the texts of a channel: a DataChannel, or what stands in for one. */
export interface MessagePipe
  extends Pick<RTCDataChannel, "readyState" | "bufferedAmount" | "addEventListener"> {
  send(text: string): void;
  /** What goes through the server has none: the server bounds it. */
  close?(): void;
}

/** One of the channels between a phone and a viewer. */
export interface TextChannelKind {
  readonly label: string;
  readonly id: number;
  readonly init: Pick<RTCDataChannelInit, "ordered" | "maxRetransmits">;
  /** Longest message in UTF-16 units. */
  readonly maxChars: number;
  /** With more than this waiting, nothing is sent. */
  readonly maxBufferedBytes: number;
  /** What is taken of the other side. */
  readonly inlet: InletLimits;
}

/** What has to arrive, in order. */
export const CONTROL: TextChannelKind = {
  ...CONTROL_CHANNEL,
  init: { ordered: true },
  maxChars: MAX_CONTROL_CHARS,
  // A control message is a few hundred bytes: with this much waiting, the path is down.
  maxBufferedBytes: 64 * 1024,
  // As the server takes a page's messages. What is true now comes last, so the newest wait.
  inlet: { perSecond: MESSAGES_PER_SECOND, burst: MESSAGE_BURST, maxWaiting: 16 },
};

/** What is worth nothing when it is late. */
export const TIMING: TextChannelKind = {
  ...TIMING_CHANNEL,
  init: { ordered: false, maxRetransmits: 0 },
  maxChars: MAX_TIMING_CHARS,
  // A message or two: behind more, a ping would measure the queue.
  maxBufferedBytes: 8 * 1024,
  // A message for each frame, at most, and pings.
  inlet: { perSecond: 120, burst: 240, maxWaiting: 0 },
};

/** What a channel is given. `In`: what the other side may say. */
export interface TextChannelOptions<In> {
  readonly channel: MessagePipe;
  readonly kind: TextChannelKind;
  readonly timers: Timers;
  readonly log: Log;
  /** Throws where the text is not a message. */
  parse(text: string): In;
  onOpen(): void;
  onMessage(message: In): void;
}

/** The two ends open it under the same id, so that no handshake is needed. */
export function openDataChannel(
  connection: RTCPeerConnection,
  { label, id, init }: TextChannelKind,
): RTCDataChannel {
  return connection.createDataChannel(label, { negotiated: true, id, ...init });
}

/** Typed messages as JSON text over one DataChannel, or what stands in for one. */
export class TextChannel<Out, In> {
  readonly #channel: MessagePipe;
  readonly #kind: TextChannelKind;
  #hasComplained = false;

  constructor(options: TextChannelOptions<In>) {
    const { channel, kind, timers, log, parse, onOpen, onMessage } = options;
    this.#channel = channel;
    this.#kind = kind;
    const refuse = (error: unknown) => {
      // One line: a peer of another version would otherwise fill the log.
      if (!this.#hasComplained) log(`ignored ${kind.label} messages that do not fit: ${error}`);
      this.#hasComplained = true;
    };
    const inlet = new Inlet({
      limits: kind.inlet,
      timers,
      isOpen: () => this.isOpen,
      take: (text) => {
        let message: In;
        try {
          message = parse(text);
        } catch (error) {
          return refuse(error);
        }
        onMessage(message);
      },
      onFlood: () => {
        log(`closed ${kind.label}: more than ${FLOOD_PER_SECOND} messages in a second`);
        channel.close?.();
      },
    });
    channel.addEventListener("open", () => onOpen());
    channel.addEventListener("message", ({ data }: MessageEvent) => {
      // What is no text, or too long, is not to wait; it counts all the same.
      const isText = typeof data === "string" && data.length <= kind.maxChars;
      inlet.offer(isText ? data : "");
    });
  }

  get isOpen(): boolean {
    return this.#channel.readyState === "open";
  }

  /** Sends unless the channel is not open or stuck; says whether it did. */
  send(message: Out): boolean {
    const { label, maxChars, maxBufferedBytes } = this.#kind;
    if (!this.isOpen || this.#channel.bufferedAmount > maxBufferedBytes) return false;
    const text = JSON.stringify(message);
    if (text.length > maxChars) {
      throw new RangeError(`Cannot send ${label} message: ${text.length} characters`);
    }
    this.#channel.send(text);
    return true;
  }
}
