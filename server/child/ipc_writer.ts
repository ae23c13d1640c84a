import { encodeIpc, type Message } from "./ipc.ts";

/**
 * A parent that does not read for this much is stuck, or about to kill us: what can be done without
 * (results, heartbeats) is dropped from then on.
 */
const MAX_QUEUED_BYTES = 2 * 1024 * 1024;

/** Writes messages to the parent one after another, in bounded memory. */
export class IpcWriter<From extends Message> {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  readonly #essential: ReadonlySet<From["kind"]>;
  #tail: Promise<void> = Promise.resolve();
  #queuedBytes = 0;

  /**
   * @param write Writes all the bytes.
   * @param essential Messages without which the parent would wait for ever.
   */
  constructor(
    write: (bytes: Uint8Array) => Promise<void>,
    essential: ReadonlySet<From["kind"]>,
  ) {
    this.#write = write;
    this.#essential = essential;
  }

  /** @returns Whether the message goes out, and has not been dropped. */
  send(message: From, binary?: Uint8Array): boolean {
    if (this.#queuedBytes > MAX_QUEUED_BYTES && !this.#essential.has(message.kind)) return false;
    const bytes = encodeIpc(message, binary);
    this.#queuedBytes += bytes.length;
    this.#tail = this.#tail.then(() => this.#write(bytes)).finally(() => {
      this.#queuedBytes -= bytes.length;
    });
    // A parent that is gone closes our input too, and that ends this process.
    this.#tail = this.#tail.catch(() => undefined);
    return true;
  }

  /** Resolves when all is written. */
  flushed(): Promise<void> {
    return this.#tail;
  }
}
