import { KeyedLimiter } from "../base/rate_limit.ts";
import { MAX_PASSWORD_CHARS, PasswordCheck } from "./password.ts";
import { SignIns } from "./sign_ins.ts";

/** Name of the cookie of those who are signed in. */
export const COOKIE_NAME = "peerlens_session";

/** Longest `Cookie` header that is looked at; browsers send at most some kB. */
const MAX_HEADER_CHARS = 16_384;

/** More of the same name come from other paths or hosts; ours is among the first. */
const MAX_VALUES = 4;

/** Wrong passwords of one address: a person mistypes a few times a minute. */
const GUESSES_PER_ADDRESS = { perSecond: 10 / 60, burst: 10 };

/** Wrong passwords of all addresses together. */
const GUESSES_GLOBAL = { perSecond: 100 / 60, burst: 100 };

/** What a typed password led to. */
export type SignInAnswer =
  | { readonly kind: "signed-in"; readonly cookie: string }
  | { readonly kind: "wrong" }
  | { readonly kind: "too-fast"; readonly retryAfterMs: number };

/** The one password of this server: who gave it, and how often it may be guessed. No HTTP. */
export class PasswordGate {
  readonly #check: PasswordCheck;
  readonly #signIns = new SignIns();
  readonly #perAddress = new KeyedLimiter(GUESSES_PER_ADDRESS);
  readonly #global = new KeyedLimiter(GUESSES_GLOBAL);
  readonly #now: () => number;

  /** @param now Ms since 1970. */
  constructor(password: string, now: () => number = Date.now) {
    this.#check = new PasswordCheck(password);
    this.#now = now;
  }

  /** Compares what somebody at `address` typed. Only wrong ones count against the limits. */
  signIn(typed: string, address: string): SignInAnswer {
    const nowMs = this.#now();
    const waitMs = Math.max(this.#perAddress.peek(address, nowMs), this.#global.peek("all", nowMs));
    // Refused before looking, so that guesses past the limit learn nothing.
    if (waitMs > 0) return { kind: "too-fast", retryAfterMs: waitMs };
    if (typed.length <= MAX_PASSWORD_CHARS && this.#check.matches(typed.trim())) {
      return { kind: "signed-in", cookie: this.#signIns.issue(nowMs) };
    }
    this.#perAddress.take(address, nowMs);
    this.#global.take("all", nowMs);
    return { kind: "wrong" };
  }

  /** Whether a request comes from a browser that is signed in. */
  isSignedIn(headers: Headers): boolean {
    const nowMs = this.#now();
    return cookieValues(headers).some((value) => this.#signIns.isValid(value, nowMs));
  }

  /** Ends the session of a request. */
  signOut(headers: Headers): void {
    const nowMs = this.#now();
    for (const value of cookieValues(headers)) this.#signIns.revoke(value, nowMs);
  }
}

/** The values of our cookie in a request. By hand: of several of one name, `hono/cookie` reads one. */
export function cookieValues(headers: Headers): string[] {
  const header = headers.get("cookie") ?? "";
  if (header.length > MAX_HEADER_CHARS) return [];
  return header.split(";").map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${COOKIE_NAME}=`))
    .slice(0, MAX_VALUES)
    .map((pair) => pair.slice(COOKIE_NAME.length + 1));
}
