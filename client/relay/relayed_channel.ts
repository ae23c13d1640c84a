import type { MessagePipe } from "../rtc/text_channel.ts";

/** What carries the messages of a channel. */
export interface ChannelWire {
  readonly bufferedBytes: number;
  send(text: string): boolean;
}

/** A channel between phone and viewer over a wire, to be used as a DataChannel is. */
export class RelayedChannel extends EventTarget implements MessagePipe {
  readonly #wire: ChannelWire;
  #isOpen = false;

  constructor(wire: ChannelWire) {
    super();
    this.#wire = wire;
  }

  get readyState(): RTCDataChannelState {
    return this.#isOpen ? "open" : "closed";
  }

  get bufferedAmount(): number {
    return this.#wire.bufferedBytes;
  }

  /** Takes one message for the other side. */
  send(text: string): void {
    this.#wire.send(text);
  }

  /** The wire is open, or no longer. */
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
