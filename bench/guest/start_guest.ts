import { type LineProcess, startPart } from "../load/child_lines.ts";
import type { GuestNetwork } from "./guest_network.ts";

/** What a guest is to try. */
export interface ActOrder {
  /** Of `GUEST_ACTS`. */
  readonly act: string;
  /** Of the server, for plain HTTP. */
  readonly port: number;
  readonly seconds: number;
  /** The right one, tried last; `null`: none is asked for. */
  readonly password: string | null;
}

/** What became of it. */
export interface ActReport {
  readonly act: string;
  readonly tried: number;
  /** What they were, in words. */
  readonly what: string;
  /** How many of each. */
  readonly answers: Readonly<Record<string, number>>;
  /** What nobody may have and the guest got, a sentence each. */
  readonly violations: readonly string[];
}

/** Somebody without a password, or a link of anybody's room. */
export interface Guest extends AsyncDisposable {
  /** Tries one thing. @throws {Error} If its process ends, or is late by far. */
  try(order: ActOrder): Promise<ActReport>;
}

/** An act may have to wait for answers behind its end. */
const LATE_S = 90;

/** Starts a guest. */
export function startGuest({ within }: Pick<GuestNetwork, "within">): Guest {
  const permissions = ["--allow-env"];
  const part = startPart({
    file: "../guest/guest.ts",
    config: {},
    cpus: null,
    within,
    permissions,
  });
  return {
    async try(order) {
      await part.say(JSON.stringify(order));
      return JSON.parse(await part.next((order.seconds + LATE_S) * 1000));
    },
    [Symbol.asyncDispose]: () => part[Symbol.asyncDispose](),
  };
}

/** How somebody honest was served in a second. */
export interface HonestSecond {
  /** Results of frames, of those ten that were sent; 0 without a model on the server. */
  readonly results: number;
  /** The slower of two pings; `null`: none came back. */
  readonly pingMs: number | null;
  /** Connections that ended so far. */
  readonly lost: number;
}

/** Somebody with a room of their own, who only wants to be served. */
export interface Honest extends AsyncDisposable {
  /** All seconds so far. */
  readonly seconds: readonly HonestSecond[];
}

/** Starts somebody honest beside guests, and waits until they are served. */
export async function startHonest(
  { within }: Pick<GuestNetwork, "within">,
  config: { readonly port: number; readonly modelId: string | null },
): Promise<Honest> {
  const permissions = ["--allow-env"];
  const part: LineProcess = startPart({
    file: "../guest/honest.ts",
    config,
    cpus: null,
    within,
    permissions,
  });
  const seconds: HonestSecond[] = [JSON.parse(await part.next(30_000))];
  let isOver = false;
  const read = async () => {
    while (!isOver) seconds.push(JSON.parse(await part.next(30_000)));
  };
  const reading = read().catch(() => {});
  return {
    seconds,
    async [Symbol.asyncDispose]() {
      isOver = true;
      await part[Symbol.asyncDispose]();
      await reading;
    },
  };
}
