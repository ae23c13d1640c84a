import type { PortLike } from "../base/worker_handle.ts";
import type { FromFramePort, ToFramePort } from "../inference/frame_port.ts";
import type { InputFrame } from "../inference/frame_reader.ts";
import type { Pixels } from "./frame_ring.ts";
import type { PresentResult } from "../inference/worker_messages.ts";

/** Makes one more of a frame, which stays the caller's. */
export type CloneFrame = (pixels: Pixels) => Promise<Pixels> | Pixels;

/** One who examines frames. */
interface Taker {
  readonly port: PortLike;
  wants: boolean;
  /** It wants none that came before; ms since the epoch. */
  sinceMs: number;
  /** Frames that came since it is there, and those that it got. */
  received: number;
  given: number;
  /** The last frame that it got; see `#count`. */
  lastGiven: number;
}

/** A frame that somebody has not had yet. */
interface Newest {
  readonly frame: InputFrame;
  readonly pixels: Pixels;
  readonly number: number;
}

/**
 * Gives frames to those who examine them: to each the newest, when it asks. Nothing is ever sent to one
 * who is busy, where it would grow old.
 */
export class FrameGiver {
  readonly #clone: CloneFrame;
  readonly #onResult: (result: PresentResult) => void;
  readonly #takers = new Map<number, Taker>();
  /** Kept for those who ask later; at most one, since decoders have few buffers. */
  #newest: Newest | null = null;
  #count = 0;

  constructor(
    { clone, onResult }: { clone: CloneFrame; onResult: (result: PresentResult) => void },
  ) {
    this.#clone = clone;
    this.#onResult = onResult;
  }

  /** Somebody wants frames from now on. */
  add(id: number, port: PortLike): void {
    const counts = { received: 0, given: 0, lastGiven: this.#count };
    const taker: Taker = { port, wants: false, sinceMs: 0, ...counts };
    this.#takers.set(id, taker);
    port.onmessage = ({ data }: MessageEvent<ToFramePort>) => {
      if (this.#takers.get(id) !== taker) return;
      if (data.kind === "result") return this.#onResult(data.result);
      taker.wants = true;
      taker.sinceMs = data.sinceMs;
      if (this.#newest !== null) void this.#serve(taker, this.#newest);
    };
  }

  /** It wants none any more, and what it still finds is of no use. */
  remove(id: number): void {
    this.#takers.get(id)?.port.close();
    this.#takers.delete(id);
    if (this.#takers.size === 0) this.#drop();
  }

  /** A frame came; it stays the caller's to close. */
  async offer(frame: InputFrame): Promise<void> {
    this.#count += 1;
    if (this.#takers.size === 0) return;
    const number = this.#count;
    for (const taker of this.#takers.values()) taker.received += 1;
    const pixels = await this.#copy(frame.pixels);
    if (pixels === null) return;
    // A newer one was quicker, or nobody is there any more.
    if (number !== this.#count || this.#takers.size === 0) return pixels.close();
    this.#drop();
    const newest = { frame, pixels, number };
    this.#newest = newest;
    for (const taker of this.#takers.values()) await this.#serve(taker, newest);
  }

  /** The source has ended: what is left of it is of no use. */
  stop(): void {
    this.#count += 1;
    this.#drop();
  }

  async #serve(taker: Taker, newest: Newest): Promise<void> {
    if (!taker.wants || taker.lastGiven >= newest.number) return;
    if (newest.frame.receivedAtMs < taker.sinceMs) return;
    taker.wants = false;
    taker.lastGiven = newest.number;
    // Nobody else will ask for it: no copy is needed.
    const isLast = [...this.#takers.values()].every(({ lastGiven }) => lastGiven >= newest.number);
    if (isLast) this.#newest = null;
    const pixels = isLast ? newest.pixels : await this.#copy(newest.pixels);
    if (pixels === null) {
      taker.wants = true;
      return;
    }
    taker.given += 1;
    const { key, receivedAtMs } = newest.frame;
    const { received, given } = taker;
    const message: FromFramePort = {
      ...{ kind: "frame", frame: pixels, key, receivedAtMs, received },
      superseded: received - given,
    };
    taker.port.postMessage(message, [pixels as Transferable]);
  }

  /** A frame can be gone by now, for example while the track is replaced; the next one comes. */
  #copy(pixels: Pixels): Promise<Pixels | null> {
    try {
      return Promise.resolve(this.#clone(pixels)).catch(() => null);
    } catch {
      return Promise.resolve(null);
    }
  }

  #drop(): void {
    this.#newest?.pixels.close();
    this.#newest = null;
  }
}
