import { CONTROL_CHANNEL, MAX_CONTROL_CHARS } from "@/protocol";
import type { Log } from "../base/log.ts";

/** A control message is a few hundred bytes: with this much waiting, the path is down. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** What a control channel is given. `In`: what the other side may say. */
export interface ControlChannelOptions<In> {
  readonly channel: RTCDataChannel;
  readonly log: Log;
  /** Throws where the text is not a message. */
  parse(text: string): In;
  onOpen(): void;
  onMessage(message: In): void;
}

/** The two ends open it under the same id, so that no handshake is needed. */
export function openControlDataChannel(connection: RTCPeerConnection): RTCDataChannel {
  const { label, id } = CONTROL_CHANNEL;
  return connection.createDataChannel(label, { negotiated: true, id, ordered: true });
}

/** Typed messages over one DataChannel. */
export class ControlChannel<Out, In> {
  readonly #channel: RTCDataChannel;
  #hasComplained = false;

  constructor(options: ControlChannelOptions<In>) {
    const { channel, log } = options;
    this.#channel = channel;
    channel.addEventListener("open", () => options.onOpen());
    channel.addEventListener("message", (event) => {
      let message: In;
      try {
        if (typeof event.data !== "string") throw new TypeError("Cannot accept binary message");
        message = options.parse(event.data);
      } catch (error) {
        // One line: a peer of another version would otherwise fill the log.
        if (!this.#hasComplained) log(`ignored control messages that do not fit: ${error}`);
        this.#hasComplained = true;
        return;
      }
      options.onMessage(message);
    });
  }

  get isOpen(): boolean {
    return this.#channel.readyState === "open";
  }

  /** Sends unless the channel is not open or stuck; says whether it did. */
  send(message: Out): boolean {
    if (!this.isOpen || this.#channel.bufferedAmount > MAX_BUFFERED_BYTES) return false;
    const text = JSON.stringify(message);
    if (text.length > MAX_CONTROL_CHARS) {
      throw new RangeError(`Cannot send control message: ${text.length} characters`);
    }
    this.#channel.send(text);
    return true;
  }
}
