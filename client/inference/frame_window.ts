/** What became of frames that brought no result, as far as this side knows. */
export const WINDOW_DROP_CAUSES = [
  /** No answer came in time; the slot was freed. */
  "lost",
  /** The answer came after that, or after that of a later frame. */
  "late",
  /** It was too old, or its transport gone, before it was sent. */
  "unsent",
] as const;
/** See {@linkcode WINDOW_DROP_CAUSES}. */
export type WindowDropCause = (typeof WINDOW_DROP_CAUSES)[number];

/** Frame ids are of 32 bits and wrap. */
const MAX_FRAME_ID = 0xffff_ffff;

interface Slot<T> {
  /** `null` while the frame is still being made. */
  readonly frame: T | null;
  readonly sentAtMs: number;
}

/**
 * The frames that may be on their way at once: a slot is taken before a frame is even made, and is
 * free again with its answer or when none came in time. What comes back is matched by frame id, so
 * that lost, late and doubled answers do no harm. Times are ms on one clock of the caller's choice.
 */
export class FrameWindow<T> {
  readonly #timeoutMs: number;
  readonly #slots = new Map<number, Slot<T>>();
  readonly #dropped: Record<WindowDropCause, number> = { lost: 0, late: 0, unsent: 0 };
  #nextId: number;
  #lastSettledId: number | null = null;

  /** @param firstId Not 0 only in tests of the wrap. */
  constructor(timeoutMs: number, firstId = 0) {
    this.#timeoutMs = timeoutMs;
    this.#nextId = firstId;
  }

  /** Frames given up so far, by cause. */
  get dropped(): Readonly<Record<WindowDropCause, number>> {
    return this.#dropped;
  }

  /** Slots taken now. */
  get size(): number {
    return this.#slots.size;
  }

  /** Takes a slot for a frame yet to be made; `null` when `capacity` of them are taken. */
  take(capacity: number): number | null {
    if (this.#slots.size >= capacity) return null;
    const frameId = this.#nextId;
    this.#nextId = frameId === MAX_FRAME_ID ? 0 : frameId + 1;
    this.#slots.set(frameId, { frame: null, sentAtMs: Infinity });
    return frameId;
  }

  /** Whether a slot waits for this frame to be made. */
  isAwaited(frameId: number): boolean {
    return this.#slots.get(frameId)?.frame === null;
  }

  /** The frame is on its way. */
  sent(frameId: number, frame: T, nowMs: number): void {
    if (this.isAwaited(frameId)) this.#slots.set(frameId, { frame, sentAtMs: nowMs });
  }

  /** The frame was made and not sent. */
  unsent(frameId: number): void {
    if (this.#slots.delete(frameId)) this.#dropped.unsent += 1;
  }

  /** The frame was not made; nothing is counted. */
  release(frameId: number): void {
    this.#slots.delete(frameId);
  }

  /**
   * A result came: the frame that it belongs to; `null` when it is late, doubled or of no frame of
   * ours, and not to be shown.
   */
  settle(frameId: number): T | null {
    const frame = this.giveUp(frameId);
    const last = this.#lastSettledId;
    // Signed difference modulo 2³², since ids wrap.
    if (frame === null || (last !== null && ((frameId - last) | 0) <= 0)) {
      this.#dropped.late += 1;
      return null;
    }
    this.#lastSettledId = frameId;
    return frame;
  }

  /** The other side gave the frame up; whose it was, `null` when it is not ours any more. */
  giveUp(frameId: number): T | null {
    const slot = this.#slots.get(frameId);
    if (slot === undefined || slot.frame === null) return null;
    this.#slots.delete(frameId);
    return slot.frame;
  }

  /** Frees the slots of frames that were sent too long ago, and answers those frames. */
  expire(nowMs: number): T[] {
    return this.#lose(({ sentAtMs }) => nowMs - sentAtMs >= this.#timeoutMs);
  }

  /** When {@linkcode expire} will next have something to do; `null` while nothing is on its way. */
  nextExpiryMs(): number | null {
    const sent = [...this.#slots.values()].map(({ sentAtMs }) => sentAtMs + this.#timeoutMs);
    const next = Math.min(...sent);
    return Number.isFinite(next) ? next : null;
  }

  /** The transport is gone, and with it what was on its way; frames being made keep their slots. */
  loseSent(): void {
    this.#lose(() => true);
  }

  /** The source is gone: frames being made will not come. */
  releaseAwaited(): void {
    for (const [frameId, { frame }] of this.#slots) {
      if (frame === null) this.#slots.delete(frameId);
    }
  }

  #lose(isLost: (slot: Slot<T>) => boolean): T[] {
    const lost: T[] = [];
    for (const [frameId, slot] of this.#slots) {
      if (slot.frame === null || !isLost(slot)) continue;
      this.#slots.delete(frameId);
      this.#dropped.lost += 1;
      lost.push(slot.frame);
    }
    return lost;
  }
}
