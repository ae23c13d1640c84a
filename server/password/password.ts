import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Longest guess that is looked at. */
export const MAX_PASSWORD_CHARS = 256;

/** No 0/o, 1/i/l: it is read from a terminal and typed on other devices. */
const ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz";

/** Groups of four: 79 bits. */
const GROUPS = 4;

/**
 * Knows a password without holding it. Compares hashes under a salt of this start, in a time that
 * does not depend on how much of a guess is right. The hash never leaves this process's memory, so
 * it need not be a slow one; guesses are slowed by the gate's limits.
 */
export class PasswordCheck {
  readonly #salt = randomBytes(32);
  readonly #hash: Uint8Array;

  constructor(password: string) {
    this.#hash = this.#hashOf(password);
  }

  /** Whether a guess is the password. */
  matches(guess: string): boolean {
    return guess.length <= MAX_PASSWORD_CHARS && timingSafeEqual(this.#hashOf(guess), this.#hash);
  }

  #hashOf(text: string): Uint8Array {
    // Composed or decomposed letters look the same and are typed differently by systems.
    return createHmac("sha256", this.#salt).update(text.normalize("NFC")).digest();
  }
}

/** Draws a password for one start, such as `k7mq-3xwd-p9tz-ha4n`. */
export function drawPassword(): string {
  let chars = "";
  while (chars.length < GROUPS * 4) {
    for (const byte of randomBytes(16)) {
      // Each character is uniform because larger random values are thrown away.
      const char = ALPHABET[byte & 31];
      if (char !== undefined && chars.length < GROUPS * 4) chars += char;
    }
  }
  return chars.match(/.{4}/g)!.join("-");
}
