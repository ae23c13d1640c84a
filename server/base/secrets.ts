import { Buffer } from "node:buffer";
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/**
 * Compares two secrets without telling, by the time it takes, how much of a guess was right.
 * Their lengths are no secret: all of ours have the same.
 */
export function secretsEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.byteLength === right.byteLength && timingSafeEqual(left, right);
}

/** Compares with a secret of any length, without telling by the time how much of a guess was right. */
export function isSecret(guess: string, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(guess), digest(secret));
}

/** The token of an `Authorization: Bearer …` header (RFC 6750 section 2.1); `null` without one. */
export function bearerToken(headers: Headers): string | null {
  return headers.get("authorization")?.match(/^Bearer +([A-Za-z0-9._~+/=-]{1,256})$/i)?.[1] ?? null;
}

/** Made anew at every start, so that not even who knows an id finds it in an older log. */
const LOG_KEY = randomBytes(32);

/** A name for logs that leads to no room and no person: eight characters of a keyed hash. */
export function logName(id: string): string {
  return createHmac("sha256", LOG_KEY).update(id).digest("hex").slice(0, 8);
}
