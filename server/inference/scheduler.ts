import type { Account } from "./account.ts";

/** What the scheduler must know of a frame. */
export interface Waiting {
  /** Ms; from then on the frame is not worked on. */
  readonly expiresAtMs: number;
  /** Of no stream: see {@linkcode Scheduler.holdsPictures}. */
  readonly isPicture: boolean;
}

/** Whose a stream is. */
export type Owner = Pick<Account, "address" | "room">;

/** Addresses without a stream, or rooms of one, that are remembered because they had more than others. */
const MAX_DEBTORS = 256;

/** Of all, an address; of an address, a room; of a room, a stream. */
interface Share<F> {
  readonly parent: Share<F> | null;
  /** The one served longest ago first. */
  readonly children: Map<unknown, Share<F>>;
  /** Lane time that it had, on a scale that it shares with the others of its parent; the least is next. */
  turnMs: number;
  /** Of its children: where on their scale the one stood that was served last. */
  nowMs: number;
  /** Frames of it that are in work. */
  inWork: number;
  /** Of a stream. */
  waiting: F | null;
  isHeld: boolean;
}

/** A frame whose turn it is. */
export interface Turn<K, F> {
  readonly stream: K;
  readonly frame: F;
  /** To be called once, with the lane time that the frame took. */
  readonly spend: (laneMs: number) => void;
}

/**
 * Whose frame is next. Each stream has one place, which holds its newest frame. Those who wait are
 * served so that addresses have the same lane time, then rooms of an address, then streams of a room,
 * however many or costly their frames are (start-time fair queueing, Goyal, Vin and Cheng 1996). Time
 * that somebody did not use is not saved up. A held stream (its frame is in work, or its model loads)
 * is passed over. No clock of its own.
 */
export class Scheduler<K, F extends Waiting> {
  readonly #root = newShare<F>(null);
  readonly #streams = new Map<K, { readonly share: Share<F>; readonly owner: Owner }>();
  /** Whether single pictures are passed over. */
  holdsPictures = false;

  /** Frames that wait. At most one for each stream. */
  get waiting(): number {
    let count = 0;
    for (const { share } of this.#streams.values()) if (share.waiting !== null) count += 1;
    return count;
  }

  /** Takes a stream up, held. */
  open(stream: K, owner: Owner): void {
    const room = child(child(this.#root, owner.address), owner.room);
    const share = child(room, stream);
    share.isHeld = true;
    this.#streams.set(stream, { share, owner });
  }

  /** Lets a stream go. @returns The frame that waited. */
  close(stream: K): F | null {
    const open = this.#streams.get(stream);
    if (open === undefined) return null;
    this.#streams.delete(stream);
    const { share, owner: { address, room } } = open;
    share.parent!.children.delete(stream);
    this.#prune(address, room);
    return share.waiting;
  }

  /** Lets frames of the stream be taken again. */
  release(stream: K): void {
    const open = this.#streams.get(stream);
    if (open !== undefined) open.share.isHeld = false;
  }

  /**
   * Puts a frame into its stream's place.
   * @returns The frame that waited there and is superseded.
   * @throws {RangeError} If the stream is not open.
   */
  offer(stream: K, frame: F): F | null {
    const share = this.#streams.get(stream)?.share;
    if (share === undefined) throw new RangeError(`Cannot take frame: ${stream} is not open`);
    const superseded = share.waiting;
    share.waiting = frame;
    if (superseded === null) {
      for (let at = share; at.parent !== null; at = at.parent) {
        at.turnMs = Math.max(at.turnMs, at.parent.nowMs);
      }
    }
    return superseded;
  }

  /** Takes the next frame, whose stream is then held. Call {@linkcode Scheduler.expire} before. */
  take(): Turn<K, F> | null {
    if (!this.#isReady(this.#root)) return null;
    let share = this.#root;
    const path: unknown[] = [];
    while (path.length < 3) {
      const [key, next] = this.#leastOf(share);
      share.nowMs = Math.max(share.nowMs, next.turnMs);
      share.children.delete(key);
      share.children.set(key, next);
      next.inWork += 1;
      path.push(key);
      share = next;
    }
    const frame = share.waiting!;
    share.waiting = null;
    share.isHeld = true;
    const [address, room, stream] = path as [string, string, K];
    const spend = (laneMs: number) => {
      for (let at = share; at.parent !== null; at = at.parent) {
        at.turnMs += laneMs;
        at.inWork -= 1;
      }
      this.#prune(address, room);
    };
    return { stream, frame, spend };
  }

  /** Gives up the frames that are too old. */
  expire(nowMs: number): { stream: K; frame: F }[] {
    const expired: { stream: K; frame: F }[] = [];
    for (const [stream, { share }] of this.#streams) {
      if (share.waiting === null || nowMs < share.waiting.expiresAtMs) continue;
      expired.push({ stream, frame: share.waiting });
      share.waiting = null;
    }
    return expired;
  }

  #isReady({ children, waiting, isHeld }: Share<F>): boolean {
    if (waiting === null) return children.values().some((share) => this.#isReady(share));
    return !isHeld && !(waiting.isPicture && this.holdsPictures);
  }

  #leastOf({ children }: Share<F>): [unknown, Share<F>] {
    const ready = [...children].filter(([, share]) => this.#isReady(share));
    return ready.reduce((least, other) => other[1].turnMs < least[1].turnMs ? other : least);
  }

  /** Who closes a stream and opens another is not to have more by it: shares are kept while they count. */
  #prune(address: string, room: string): void {
    const of = this.#root.children.get(address);
    if (of !== undefined) forget(of, room);
    forget(this.#root, address);
  }
}

function newShare<F>(parent: Share<F> | null): Share<F> {
  const turnMs = parent?.nowMs ?? 0;
  const children = new Map<unknown, Share<F>>();
  return { parent, children, turnMs, nowMs: 0, inWork: 0, waiting: null, isHeld: false };
}

function child<F>(parent: Share<F>, key: unknown): Share<F> {
  const known = parent.children.get(key) ?? newShare(parent);
  parent.children.set(key, known);
  return known;
}

/** Lets go of a child that has nothing any more, and of the oldest where there are many. */
function forget<F>(parent: Share<F>, key: unknown): void {
  const isUnused = ({ children, inWork }: Share<F>) => children.size === 0 && inWork === 0;
  const share = parent.children.get(key);
  if (share === undefined || !isUnused(share)) return;
  const unused = [...parent.children].filter(([, other]) => isUnused(other));
  for (const [other, { turnMs }] of unused) {
    if (turnMs <= parent.nowMs) parent.children.delete(other);
  }
  if (unused.length > MAX_DEBTORS) parent.children.delete(unused[0]![0]);
}
