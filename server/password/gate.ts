import { KeyedLimiter } from "../rate_limit.ts";
import { MAX_PASSWORD_CHARS, PasswordCheck } from "./password.ts";
import { cookieValues } from "./session_cookie.ts";
import { SignIns } from "./sign_ins.ts";

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
    const waitMs = Math.max(
      this.#perAddress.peek(address, nowMs),
      this.#global.peek("all", nowMs),
    );
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
