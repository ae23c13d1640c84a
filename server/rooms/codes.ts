import type { RoomId } from "@/protocol";
import { GuessLimit } from "../base/guess_limit.ts";

/** No 0/O, 1/I/L: a code is read aloud and typed on a phone. */
export const CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";

/** 31^6 = 887 million codes: who guesses from 1000 addresses finds a live one in a year and a half. */
export const CODE_CHARS = 6;

/** How long a code opens its room. */
export const CODE_TTL_MS = 10 * 60_000;

/** A code and how long it still lasts. */
export interface IssuedCode {
  readonly code: string;
  readonly expiresInMs: number;
}

/** What a typed code leads to. */
export type CodeAnswer =
  | { readonly kind: "room"; readonly roomId: RoomId }
  | { readonly kind: "unknown" }
  | { readonly kind: "too-fast"; readonly retryAfterMs: number };

interface Entry {
  readonly code: string;
  readonly roomId: RoomId;
  readonly expiresAtMs: number;
}

/** Writes a code as the alphabet has it: spaces, dashes and lower case are how people type. */
export function normaliseCode(text: string): string {
  return text.replaceAll(/[\s-]/g, "").toUpperCase();
}

/** Draws a code; each character is uniform because larger random values are thrown away. */
export function drawCode(random: (bytes: number) => Uint8Array): string {
  let code = "";
  while (code.length < CODE_CHARS) {
    for (const byte of random(CODE_CHARS)) {
      const char = CODE_ALPHABET[byte & 31];
      if (char !== undefined && code.length < CODE_CHARS) code += char;
    }
  }
  return code;
}

/** The live codes: at most one per room, each for ten minutes. No clock: times are arguments. */
export class Codes {
  readonly #random: (bytes: number) => Uint8Array;
  readonly #byCode = new Map<string, Entry>();
  readonly #byRoom = new Map<RoomId, Entry>();
  readonly #guesses = new GuessLimit();

  /** @param random Fills that many bytes; must be cryptographic outside of tests. */
  constructor(random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))) {
    this.#random = random;
  }

  /** The room's live code while more than half of its time is left, else a new one. */
  issue(roomId: RoomId, nowMs: number): IssuedCode {
    const old = this.#byRoom.get(roomId);
    if (old !== undefined && old.expiresAtMs - nowMs > CODE_TTL_MS / 2) {
      return { code: old.code, expiresInMs: old.expiresAtMs - nowMs };
    }
    this.revoke(roomId);
    let code = drawCode(this.#random);
    while (this.#byCode.has(code)) code = drawCode(this.#random);
    const entry = { code, roomId, expiresAtMs: nowMs + CODE_TTL_MS };
    this.#byCode.set(code, entry);
    this.#byRoom.set(roomId, entry);
    return { code, expiresInMs: CODE_TTL_MS };
  }

  /** Looks a typed code up. Only wrong ones count against the limits. */
  resolve(typed: string, address: string, nowMs: number): CodeAnswer {
    const waitMs = this.#guesses.peek(address, nowMs);
    // Refused before looking, so that guesses past the limit learn nothing.
    if (waitMs > 0) return { kind: "too-fast", retryAfterMs: waitMs };
    const roomId = this.find(typed, nowMs);
    if (roomId !== null) return { kind: "room", roomId };
    this.#guesses.take(address, nowMs);
    return { kind: "unknown" };
  }

  /** The room of a code; for who counts guesses by other means. */
  find(typed: string, nowMs: number): RoomId | null {
    const entry = this.#byCode.get(normaliseCode(typed));
    return entry !== undefined && entry.expiresAtMs > nowMs ? entry.roomId : null;
  }

  /** Ends the code of a room, if it has one. */
  revoke(roomId: RoomId): void {
    const entry = this.#byRoom.get(roomId);
    if (entry === undefined) return;
    this.#byRoom.delete(roomId);
    this.#byCode.delete(entry.code);
  }

  /** Forgets what has expired. */
  sweep(nowMs: number): void {
    for (const entry of [...this.#byRoom.values()]) {
      if (entry.expiresAtMs <= nowMs) this.revoke(entry.roomId);
    }
    this.#guesses.sweep(nowMs);
  }
}
