import type { MessagePipe } from "../rtc/text_channel.ts";

/** A channel between phone and viewer through the server, to be used as a DataChannel is. */
export class RelayedChannel extends EventTarget implements MessagePipe {
  readonly #bufferedBytes: () => number;
  /** Takes one message for the other side. */
  readonly send: (text: string) => void;
  #isOpen = false;

  constructor(bufferedBytes: () => number, send: (text: string) => void) {
    super();
    this.#bufferedBytes = bufferedBytes;
    this.send = send;
  }

  get readyState(): RTCDataChannelState {
    return this.#isOpen ? "open" : "closed";
  }

  get bufferedAmount(): number {
    return this.#bufferedBytes();
  }

  /** What carries it is there, or no longer. */
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
