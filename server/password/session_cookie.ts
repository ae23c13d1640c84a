/** Name of the cookie of those who are signed in. */
export const COOKIE_NAME = "peerlens_session";

/** Longest `Cookie` header that is looked at; browsers send at most some kB. */
const MAX_HEADER_CHARS = 16_384;

/** More of the same name come from other paths or hosts; ours is among the first. */
const MAX_VALUES = 4;

/** The values of our cookie in a request; there may be several of one name. */
export function cookieValues(headers: Headers): string[] {
  const header = headers.get("cookie") ?? "";
  if (header.length > MAX_HEADER_CHARS) return [];
  return header.split(";").map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE_NAME}=`))
    .slice(0, MAX_VALUES)
    .map((pair) => pair.slice(COOKIE_NAME.length + 1));
}

/** A `Set-Cookie` that keeps a value; not for scripts, and not sent by other sites' forms. */
export function keepCookie(
  value: string,
  { maxAgeS, isSecure }: { maxAgeS: number; isSecure: boolean },
): string {
  const secure = isSecure ? "; Secure" : "";
  return `${COOKIE_NAME}=${value}; Path=/; Max-Age=${maxAgeS}; HttpOnly; SameSite=Lax${secure}`;
}

/** A `Set-Cookie` that makes a browser forget it. */
export function dropCookie(isSecure: boolean): string {
  return keepCookie("", { maxAgeS: 0, isSecure });
}
