import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** How long a browser stays signed in. */
export const SIGN_IN_MS = 24 * 3_600_000;

/** How long a browser that signed in once is known by it. */
export const DEVICE_MS = 30 * 24 * 3_600_000;

/** Sign-outs remembered until their time is over anyway; past it the oldest is forgotten. */
const MAX_REVOKED = 4_096;

/**
 * Values for a cookie: an id and its end, signed, so nothing is kept per browser. Times are ms on one
 * clock; where several starts share a key, since the Unix epoch.
 */
export class SignIns {
  readonly #key: Uint8Array;
  readonly #revoked = new Set<string>();
  readonly #lifeMs: number;

  /** @param key 32 bytes; without one, of this start alone, so a restart ends them all. */
  constructor(lifeMs = SIGN_IN_MS, key: Uint8Array = randomBytes(32)) {
    this.#lifeMs = lifeMs;
    this.#key = key;
  }

  /** A value for a browser that has just given the password. */
  issue(nowMs: number): string {
    const id = randomBytes(16).toString("base64url");
    const body = `${id}.${Math.floor(nowMs + this.#lifeMs).toString(36)}`;
    return `${body}.${this.#sign(body)}`;
  }

  /** Whether a value is one of ours, not over and not signed out. Never throws. */
  isValid(value: string, nowMs: number): boolean {
    return this.idOf(value, nowMs) !== null;
  }

  /** The id in such a value; `null`: it is not valid. */
  idOf(value: string, nowMs: number): string | null {
    const [, id, end, mac] = /^([\w-]{22})\.([0-9a-z]{1,12})\.([\w-]{43})$/.exec(value) ?? [];
    if (id === undefined || end === undefined || mac === undefined) return null;
    const expected = this.#sign(`${id}.${end}`);
    const isOurs = timingSafeEqual(
      new TextEncoder().encode(mac),
      new TextEncoder().encode(expected),
    );
    return isOurs && nowMs < parseInt(end, 36) && !this.#revoked.has(id) ? id : null;
  }

  /** Makes a value worthless. @returns Its id; `null`: it was worthless before. */
  revoke(value: string, nowMs: number): string | null {
    const id = this.idOf(value, nowMs);
    if (id !== null) this.revokeId(id);
    return id;
  }

  /** Makes the value of an id worthless. */
  revokeId(id: string): void {
    this.#revoked.add(id);
    if (this.#revoked.size <= MAX_REVOKED) return;
    const [oldest] = this.#revoked;
    this.#revoked.delete(oldest!);
  }

  #sign(body: string): string {
    return createHmac("sha256", this.#key).update(body).digest("base64url");
  }
}
