import { createHash, timingSafeEqual } from "node:crypto";
import type { Role } from "@/protocol";

/** Request header that names the room of a token. */
export const ROOM_HEADER = "X-Peerlens-Room";

/** The token of an `Authorization: Bearer …` header (RFC 6750 section 2.1); `null` without one. */
export function bearerToken(headers: Headers): string | null {
  return headers.get("authorization")?.match(/^Bearer +([A-Za-z0-9._~+/=-]{1,256})$/i)?.[1] ?? null;
}

/** Whether a role may read a room's results and have pictures examined. Phones only send. */
export function maySee(role: Role | null): boolean {
  return role === "owner" || role === "viewer";
}

/** Compares with a secret of any length, without telling by the time how much of a guess was right. */
export function isSecret(guess: string, secret: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(guess), digest(secret));
}
