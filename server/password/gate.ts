import { GUESSES_PER_ADDRESS, GuessLimit } from "../base/guess_limit.ts";
import { KeyedLimiter } from "../base/rate_limit.ts";
import { MAX_PASSWORD_CHARS, PasswordCheck } from "./password.ts";
import { DEVICE_MS, SignIns } from "./sign_ins.ts";

/** Name of the cookie of those who are signed in. */
export const COOKIE_NAME = "peerlens_session";

/** Name of the cookie of those who were signed in at some time. */
export const DEVICE_COOKIE_NAME = "peerlens_device";

/** Longest `Cookie` header that is looked at; browsers send at most some kB. */
const MAX_HEADER_CHARS = 16_384;

/** More of the same name come from other paths or hosts; ours is among the first. */
const MAX_VALUES = 4;

/** What a typed password led to. */
export type SignInAnswer =
  | {
    readonly kind: "signed-in";
    readonly cookie: string;
    /** Value of the other cookie. */
    readonly device: string;
  }
  | { readonly kind: "wrong" }
  | { readonly kind: "too-fast"; readonly retryAfterMs: number };

/**
 * The one password of this server: who gave it, and how often it may be guessed. A device that gave it
 * before has guesses of its own, so no stranger's hold it up. No HTTP.
 */
export class PasswordGate {
  readonly #check: PasswordCheck;
  readonly #signIns = new SignIns();
  readonly #devices = new SignIns(DEVICE_MS);
  readonly #guesses = new GuessLimit();
  readonly #guessesOfDevices = new KeyedLimiter(GUESSES_PER_ADDRESS);
  readonly #now: () => number;

  /** @param now Ms on a clock that does not go backwards. */
  constructor(password: string, now: () => number = () => performance.now()) {
    this.#check = new PasswordCheck(password);
    this.#now = now;
  }

  /** Compares what somebody at `address` typed. Only wrong ones count against the limits. */
  signIn(typed: string, address: string, headers = new Headers()): SignInAnswer {
    const nowMs = this.#now();
    const device = this.#deviceOf(headers, nowMs);
    const limit = device === null ? this.#guesses : this.#guessesOfDevices;
    const key = device?.id ?? address;
    const waitMs = limit.peek(key, nowMs);
    // Refused before looking, so that guesses past the limit learn nothing.
    if (waitMs > 0) return { kind: "too-fast", retryAfterMs: waitMs };
    if (typed.length <= MAX_PASSWORD_CHARS && this.#check.matches(typed.trim())) {
      const cookie = this.#signIns.issue(nowMs);
      return { kind: "signed-in", cookie, device: device?.value ?? this.#devices.issue(nowMs) };
    }
    limit.take(key, nowMs);
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

  #deviceOf(headers: Headers, nowMs: number): { id: string; value: string } | null {
    for (const value of cookieValues(headers, DEVICE_COOKIE_NAME)) {
      const id = this.#devices.idOf(value, nowMs);
      if (id !== null) return { id, value };
    }
    return null;
  }
}

/** The values of a cookie of ours in a request. By hand: of several of one name, `hono/cookie` reads one. */
export function cookieValues(headers: Headers, name = COOKIE_NAME): string[] {
  const header = headers.get("cookie") ?? "";
  if (header.length > MAX_HEADER_CHARS) return [];
  return header.split(";").map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .slice(0, MAX_VALUES)
    .map((pair) => pair.slice(name.length + 1));
}
