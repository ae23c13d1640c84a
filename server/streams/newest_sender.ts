import type { Topic } from "../link/bulk.ts";

/** A result that waits is tried again this often. */
const RETRY_MS = 10;

/** Sends results on a topic; on a slow link only the newest waits, and those before it are lost. */
export class NewestSender {
  readonly #topic: Pick<Topic, "send" | "isLinked" | "isLate">;
  readonly #onLost: () => void;
  #waiting: string | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** @param onLost A result was lost because a newer one came before it could go out. */
  constructor(topic: Pick<Topic, "send" | "isLinked" | "isLate">, onLost: () => void) {
    this.#topic = topic;
    this.#onLost = onLost;
  }

  /** Sends a result, now or when there is room; where there is no link, there will be no use for it. */
  send(text: string): void {
    if (!this.#topic.isLinked) return this.stop();
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
    if (this.#waiting === null || (this.#topic.isLinked && this.#topic.isLate)) return;
    this.#topic.send(this.#waiting);
    this.stop();
  }
}
