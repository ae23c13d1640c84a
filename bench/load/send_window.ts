/** A frame on its way, and when it was sent, ms. */
export interface InFlight<F> {
  readonly frame: F;
  readonly sentAtMs: number;
}

/**
 * The sender's window: so many frames on their way at most, one more waits, a newer one takes its
 * place. Pure: the time arrives with each call.
 */
export class SendWindow<F> {
  readonly #size: number;
  readonly #timeoutMs: number;
  readonly #inFlight = new Map<number, InFlight<F>>();
  #waiting: F | null = null;
  #replaced = 0;
  #lost = 0;

  /** @param timeoutMs After it a frame without an answer counts as lost and its slot is free. */
  constructor(size: number, timeoutMs: number) {
    this.#size = size;
    this.#timeoutMs = timeoutMs;
  }

  /** Frames that never left: a newer one took their place. */
  get replaced(): number {
    return this.#replaced;
  }

  /** Frames that left and were never answered. */
  get lost(): number {
    return this.#lost;
  }

  /** Whether a frame may leave now. */
  get hasRoom(): boolean {
    return this.#inFlight.size < this.#size;
  }

  /** Offers the newest frame. */
  offer(frame: F): void {
    if (this.#waiting !== null) this.#replaced += 1;
    this.#waiting = frame;
  }

  /** The frame to send now, noted as sent under that id; `null` when none waits or none may. */
  take(frameId: number, nowMs: number): F | null {
    const frame = this.#waiting;
    if (frame === null || !this.hasRoom) return null;
    this.#waiting = null;
    this.#inFlight.set(frameId, { frame, sentAtMs: nowMs });
    return frame;
  }

  /** An answer came; `null` when its frame is not on its way any more. */
  settle(frameId: number): InFlight<F> | null {
    const slot = this.#inFlight.get(frameId) ?? null;
    this.#inFlight.delete(frameId);
    return slot;
  }

  /** Frees the slots of frames that were sent too long ago. */
  expire(nowMs: number): void {
    for (const [frameId, { sentAtMs }] of this.#inFlight) {
      if (nowMs - sentAtMs < this.#timeoutMs) continue;
      this.#inFlight.delete(frameId);
      this.#lost += 1;
    }
  }
}
