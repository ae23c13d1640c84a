import type { FromFlow } from "./flow_messages.ts";

/** The page's channels, as far as its Worker knows: what the page was given, and has not come to yet. */
export class PageTransport {
  readonly #post: (message: FromFlow, transfer: Transferable[]) => void;
  #bufferedBytes = 0;
  #heldTexts = 0;

  constructor(post: (message: FromFlow, transfer: Transferable[]) => void) {
    this.#post = post;
  }

  /** Of frames. */
  get bufferedBytes(): number {
    return this.#bufferedBytes;
  }

  /** A text waits: the page is busy, since it comes to texts whether or not there is room. */
  get isHeld(): boolean {
    return this.#heldTexts > 0;
  }

  send(message: Uint8Array<ArrayBuffer> | string): boolean {
    if (typeof message === "string") this.#heldTexts += 1;
    else this.#bufferedBytes += message.length;
    this.#post({ kind: "send", message }, typeof message === "string" ? [] : [message.buffer]);
    return true;
  }

  /** So much of the frames does not wait any more. */
  sent(bytes: number): void {
    this.#bufferedBytes -= bytes;
  }

  /** The page has come to one text. */
  said(): void {
    this.#heldTexts -= 1;
  }
}
