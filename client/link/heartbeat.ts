import { PING_INTERVAL_MS } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import { askedAt, LOOK_MS, lookAgain, type Silence } from "./silence.ts";

/** While something is expected of the server all the time, it is asked this often. */
export const CLOSE_INTERVAL_MS = 1_000;

/** A link that was asked and says nothing for so long is silent. A node is lost to others as soon. */
export const SILENT_MS = 1_500;

/** What a heartbeat needs of the link that it watches. */
export interface HeartbeatOptions {
  readonly timers: Timers;
  /** Asked, and without a word for so long, the link is dead. */
  readonly timeoutMs: number;
  ping(nonce: number): void;
  /** It has been silent for {@linkcode SILENT_MS}. Once for each silence. */
  onSilent(): void;
  /** It was silent, and is not any more. */
  onHeard(): void;
  /** Nothing came in time. Once; the heartbeat has stopped. */
  onDead(): void;
}

/** Pings at a steady pace and tells when nothing comes back. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #intervalMs = PING_INTERVAL_MS;
  #nonce = 0;
  /** `null`: it was not asked, or has answered. */
  #silence: Silence | null = null;
  #isSilent = false;
  #timer: number | undefined;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#rest();
  }

  /** Whether it is silent, or was when the heartbeat stopped. */
  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** Whether to ask as often as where an answer is expected all the time. */
  watchClosely(isClose: boolean): void {
    const intervalMs = isClose ? CLOSE_INTERVAL_MS : PING_INTERVAL_MS;
    if (intervalMs === this.#intervalMs) return;
    this.#intervalMs = intervalMs;
    if (this.#silence === null && this.#timer !== undefined) this.#rest();
  }

  /** Pings at once, e.g. after a phone was unlocked. Nothing happens while an answer is awaited. */
  check(): void {
    if (this.#silence !== null) return;
    this.#silence = askedAt(this.#options.timers.nowMs());
    this.#set(LOOK_MS, () => this.#look());
    this.#options.ping(this.#nonce++);
  }

  /** Anything came: whoever speaks is alive. */
  heard(): void {
    if (this.#silence === null) return;
    this.#silence = null;
    this.#rest();
    if (!this.#isSilent) return;
    this.#isSilent = false;
    this.#options.onHeard();
  }

  stop(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#silence = null;
  }

  #rest(): void {
    this.#set(this.#intervalMs, () => this.check());
  }

  #look(): void {
    const { timers, timeoutMs, onSilent, onDead } = this.#options;
    this.#silence = lookAgain(this.#silence!, timers.nowMs());
    const { silentMs } = this.#silence;
    if (silentMs >= timeoutMs) {
      this.stop();
      return onDead();
    }
    this.#set(LOOK_MS, () => this.#look());
    if (this.#isSilent || silentMs < SILENT_MS) return;
    this.#isSilent = true;
    onSilent();
  }

  #set(delayMs: number, callback: () => void): void {
    const { timers } = this.#options;
    timers.clearTimeout(this.#timer);
    this.#timer = timers.setTimeout(callback, delayMs);
  }
}
