import { createHmac } from "node:crypto";
import { GUESSES_PER_ADDRESS, GuessLimit } from "../base/guess_limit.ts";
import { KeyedLimiter } from "../base/rate_limit.ts";
import { MAX_PASSWORD_CHARS, PasswordCheck } from "./password.ts";
import { DEVICE_MS, SIGN_IN_MS, SignIns } from "./sign_ins.ts";

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

/** What several starts of a server, or several nodes, know each other's sign-ins by. */
export interface SharedSignIns {
  /** The same for all. Secret. */
  readonly secret: string;
  /** Ms since the Unix epoch. @default {Date.now} */
  readonly wallNow?: () => number;
}

/**
 * The one password of this server: who gave it, and how often it may be guessed. A device that gave it
 * before has guesses of its own, so no stranger's hold it up. No HTTP.
 */
export class PasswordGate {
  readonly #check: PasswordCheck;
  readonly #signIns: SignIns;
  readonly #devices: SignIns;
  readonly #guesses = new GuessLimit();
  readonly #guessesOfDevices = new KeyedLimiter(GUESSES_PER_ADDRESS);
  readonly #now: () => number;
  /** The clock of sign-ins. */
  readonly #signInNow: () => number;
  /** Told the id of each sign-in that was ended here. */
  onSignOut: (id: string) => void = () => {};

  /**
   * @param now Ms on a clock that does not go backwards.
   * @param shared Without it, sign-ins are of this start alone.
   */
  constructor(
    password: string,
    now: () => number = () => performance.now(),
    shared: SharedSignIns | null = null,
  ) {
    this.#check = new PasswordCheck(password);
    this.#now = now;
    this.#signInNow = shared === null ? now : shared.wallNow ?? Date.now;
    // Another password makes other keys: who knew the old one alone is asked again.
    const keyOf = (kind: string) =>
      shared === null
        ? undefined
        : createHmac("sha256", shared.secret).update(`${kind}\n${password}`).digest();
    this.#signIns = new SignIns(SIGN_IN_MS, keyOf("session"));
    this.#devices = new SignIns(DEVICE_MS, keyOf("device"));
  }

  /** Compares what somebody at `address` typed. Only wrong ones count against the limits. */
  signIn(typed: string, address: string, headers = new Headers()): SignInAnswer {
    const nowMs = this.#now();
    const signInMs = this.#signInNow();
    const device = this.#deviceOf(headers, signInMs);
    const limit = device === null ? this.#guesses : this.#guessesOfDevices;
    const key = device?.id ?? address;
    const waitMs = limit.peek(key, nowMs);
    // Refused before looking, so that guesses past the limit learn nothing.
    if (waitMs > 0) return { kind: "too-fast", retryAfterMs: waitMs };
    if (typed.length <= MAX_PASSWORD_CHARS && this.#check.matches(typed.trim())) {
      const cookie = this.#signIns.issue(signInMs);
      return { kind: "signed-in", cookie, device: device?.value ?? this.#devices.issue(signInMs) };
    }
    limit.take(key, nowMs);
    return { kind: "wrong" };
  }

  /** Whether a request comes from a browser that is signed in. */
  isSignedIn(headers: Headers): boolean {
    const nowMs = this.#signInNow();
    return cookieValues(headers).some((value) => this.#signIns.isValid(value, nowMs));
  }

  /** Ends the session of a request. */
  signOut(headers: Headers): void {
    const nowMs = this.#signInNow();
    for (const value of cookieValues(headers)) {
      const id = this.#signIns.revoke(value, nowMs);
      if (id !== null) this.onSignOut(id);
    }
  }

  /** Ends a session that was ended on another node. */
  signedOut(id: string): void {
    this.#signIns.revokeId(id);
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
