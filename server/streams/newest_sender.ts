/** Bytes on their way to a slow viewer past which results wait: some ten results. */
const MAX_BUFFERED_BYTES = 32 * 1024;

/** A result that waits is tried again this often. */
const RETRY_MS = 10;

/** What is used of a WebSocket. */
export type ResultSocket = Pick<WebSocket, "send" | "bufferedAmount" | "readyState">;

/** Sends results to a socket; on a slow one only the newest waits, and those before it are lost. */
export class NewestSender {
  readonly #socket: ResultSocket;
  readonly #onLost: () => void;
  #waiting: string | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param onLost A result was lost because a newer one came before it could go out. */
  constructor(socket: ResultSocket, onLost: () => void) {
    this.#socket = socket;
    this.#onLost = onLost;
  }

  /** Sends a result, now or when there is room. */
  send(text: string): void {
    if (this.#waiting !== null) this.#onLost();
    this.#waiting = text;
    this.#flush();
    if (this.#waiting !== null) this.#timer ??= setInterval(() => this.#flush(), RETRY_MS);
  }

  /** Forgets what waits. */
  stop(): void {
    this.#waiting = null;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #flush(): void {
    if (this.#waiting === null || this.#socket.bufferedAmount > MAX_BUFFERED_BYTES) return;
    // A viewer that went away a moment ago is no error.
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(this.#waiting);
    this.stop();
  }
}
