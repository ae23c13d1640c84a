import { PING_INTERVAL_MS } from "@/protocol";
import type { Timers } from "../base/timers.ts";

/** What a heartbeat needs of the link that it watches. */
export interface HeartbeatOptions {
  readonly timers: Timers;
  /** Without a pong for so long the link is dead. */
  readonly timeoutMs: number;
  ping(nonce: number): void;
  /** No pong came in time. Once; the heartbeat has stopped. */
  onDead(): void;
}

/** Pings at a steady pace and tells when no pong comes back. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #nonce = 0;
  #awaited: number | null = null;
  #timer: number | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#timer = options.timers.setTimeout(() => this.check(), PING_INTERVAL_MS);
  }

  /** Pings at once, e.g. after a phone was unlocked. Nothing happens while a pong is awaited. */
  check(): void {
    if (this.#awaited !== null) return;
    const { timers, timeoutMs } = this.#options;
    timers.clearTimeout(this.#timer);
    this.#awaited = this.#nonce++;
    this.#timer = timers.setTimeout(() => {
      this.stop();
      this.#options.onDead();
    }, timeoutMs);
    this.#options.ping(this.#awaited);
  }

  /** A pong came. One of an older nonce changes nothing. */
  pong(nonce: number): void {
    if (nonce !== this.#awaited) return;
    const { timers } = this.#options;
    this.#awaited = null;
    timers.clearTimeout(this.#timer);
    this.#timer = timers.setTimeout(() => this.check(), PING_INTERVAL_MS);
  }

  stop(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#awaited = null;
    this.#timer = undefined;
  }
}
