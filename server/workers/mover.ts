import { betterPlaceFor, type MemberLoad, placeFor } from "./placement.ts";

/** Elsewhere it must have been better for this long: a moment's queue is no reason. */
const SETTLED_MS = 5_000;

/** After a move of any stream the loads are looked at anew before the next one. */
const BETWEEN_MOVES_MS = 2_000;

/** The same of the streams of one that drains: one by one, but all of them in its time. */
const BETWEEN_DRAINED_MS = 100;

/** One stream and where it is. */
export interface Placed {
  readonly stream: string;
  readonly member: string;
  readonly modelId: string;
}

/** A stream that is to go elsewhere. */
export interface Move {
  readonly stream: string;
  readonly cause: "drained" | "behind";
}

/**
 * Which stream is to be opened elsewhere now, if any: those of members that drain one after another, and
 * one whose member has been far behind another for a while. No clock of its own.
 */
export class Mover {
  /** Since when each stream has had a better place. */
  readonly #betterSinceMs = new Map<string, number>();
  #lastDrainedMs = -Infinity;
  #lastBehindMs = -Infinity;

  /** Decides. Whoever asks does it. */
  next(placed: readonly Placed[], members: readonly MemberLoad[], nowMs: number): Move | null {
    const byId = new Map(members.map((member) => [member.id, member]));
    const streams = new Set(placed.map(({ stream }) => stream));
    for (const stream of this.#betterSinceMs.keys()) {
      if (!streams.has(stream)) this.#betterSinceMs.delete(stream);
    }
    let behind: string | null = null;
    for (const { stream, member: id, modelId } of placed) {
      const member = byId.get(id);
      if (member === undefined) continue;
      if (!member.isOpen) {
        if (nowMs - this.#lastDrainedMs < BETWEEN_DRAINED_MS) continue;
        // With nowhere to go it stays for as long as it can.
        if ("cause" in placeFor(modelId, members)) continue;
        this.#lastDrainedMs = nowMs;
        return { stream, cause: "drained" };
      }
      if (betterPlaceFor(modelId, member, members) === null) {
        this.#betterSinceMs.delete(stream);
        continue;
      }
      const sinceMs = this.#betterSinceMs.get(stream) ?? nowMs;
      this.#betterSinceMs.set(stream, sinceMs);
      if (nowMs - sinceMs >= SETTLED_MS) behind ??= stream;
    }
    if (behind === null || nowMs - this.#lastBehindMs < BETWEEN_MOVES_MS) return null;
    this.#lastBehindMs = nowMs;
    // The others' loads are about to change.
    this.#betterSinceMs.clear();
    return { stream: behind, cause: "behind" };
  }
}
