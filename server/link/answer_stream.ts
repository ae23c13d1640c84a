/** Last words that the network has not taken within this time are dropped. */
export const LAST_WORDS_MS = 2_000;

/** How one is kept alive and counted. */
export interface AnswerStreamOptions {
  /** With more than this waiting its owner is to end it; see {@linkcode AnswerStream.queuedBytes}. */
  readonly maxBytes: number;
  /** What goes out every so often, since proxies end an answer that is silent. */
  readonly heartbeat: { readonly chunk: Uint8Array; readonly everyMs: number };
  /** The reader, or its network, went away while it was open. */
  onGone(): void;
  /** Nothing of it waits any more. Called once. */
  onFree(): void;
  /** @default {LAST_WORDS_MS} */
  readonly lastWordsMs?: number;
}

/**
 * An HTTP answer that streams what a server says. One that is ended behind what was written would
 * keep that for as long as nobody reads it, so it counts until then, and is reset when it is late.
 */
export class AnswerStream {
  /** The body of the answer. */
  readonly readable: ReadableStream<Uint8Array>;
  readonly #options: AnswerStreamOptions;
  readonly #heartbeat: ReturnType<typeof setInterval>;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #state: "open" | "ending" | "over" = "open";
  #late: ReturnType<typeof setTimeout> | undefined;

  constructor(options: AnswerStreamOptions) {
    this.#options = options;
    const { maxBytes, heartbeat } = options;
    this.readable = new ReadableStream({
      start: (controller) => void (this.#controller = controller),
      // Asked for whenever something was taken.
      pull: () => this.#settle(),
      cancel: () => {
        const wasOpen = this.#state === "open";
        this.#free();
        if (wasOpen) options.onGone();
      },
    }, { highWaterMark: maxBytes, size: (chunk) => chunk?.byteLength ?? 0 });
    this.#heartbeat = setInterval(() => this.write(heartbeat.chunk), heartbeat.everyMs);
  }

  /** Bytes written and not yet taken by the network. 0 once it is ended. */
  get queuedBytes(): number {
    if (this.#state !== "open") return 0;
    return this.#options.maxBytes - (this.#controller.desiredSize ?? 0);
  }

  /** Takes one chunk; what comes after the end is dropped. */
  write(chunk: Uint8Array): void {
    if (this.#state === "open") this.#controller.enqueue(chunk);
  }

  /** Ends it behind what was written. @param isForced What nobody has read by now is dropped. */
  end({ isForced = false }: { readonly isForced?: boolean } = {}): void {
    if (this.#state !== "open") return;
    const isRead = this.queuedBytes === 0;
    this.#state = "ending";
    clearInterval(this.#heartbeat);
    if (isForced && !isRead) return this.#drop();
    this.#late = setTimeout(() => this.#drop(), this.#options.lastWordsMs ?? LAST_WORDS_MS);
    this.#settle();
  }

  #settle(): void {
    if (this.#state !== "ending" || this.#controller.desiredSize !== this.#options.maxBytes) return;
    this.#controller.close();
    this.#free();
  }

  #drop(): void {
    this.#controller.error(new Error("Cannot go on with the answer: it is not read"));
    this.#free();
  }

  #free(): void {
    if (this.#state === "over") return;
    this.#state = "over";
    clearInterval(this.#heartbeat);
    clearTimeout(this.#late);
    this.#options.onFree();
  }
}
