import type { MessagePipe } from "../rtc/text_channel.ts";

/** What carries the messages of a channel. */
export interface ChannelPath {
  readonly bufferedBytes: number;
  send(text: string): boolean;
}

/** A channel between phone and viewer through the server, to be used as a DataChannel is. */
export class RelayedChannel extends EventTarget implements MessagePipe {
  readonly #path: ChannelPath;
  #isOpen = false;

  constructor(path: ChannelPath) {
    super();
    this.#path = path;
  }

  get readyState(): RTCDataChannelState {
    return this.#isOpen ? "open" : "closed";
  }

  get bufferedAmount(): number {
    return this.#path.bufferedBytes;
  }

  /** Takes one message for the other side. */
  send(text: string): void {
    this.#path.send(text);
  }

  /** The path is open, or no longer. */
  setOpen(isOpen: boolean): void {
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    if (isOpen) this.dispatchEvent(new Event("open"));
  }

  /** A message of the other side has come. */
  receive(text: string): void {
    this.dispatchEvent(new MessageEvent("message", { data: text }));
  }
}
