import { type FromInferenceMessage, fromInferenceSchema, parse } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import { ClockPulse } from "../time/clock_pulse.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";

/** What a pulse needs, and whom it tells. */
export interface ServerPulseOptions {
  readonly timers: Timers;
  readonly log: Log;
  /** Ms since the epoch. */
  epochMs(): number;
  /** Sends one text to the server; may drop it. */
  sendText(text: string): unknown;
  /** What was given to `sendText` before has not been sent yet. */
  isHeld(): boolean;
  /** Once a second while a transport is open. */
  onBeat(): void;
  /** The server has said nothing to ping after ping. */
  onSilent(): void;
}

/** Pings go out this often after the first. */
export const BEAT_MS = 1_000;

/** Beats in a row without a word from the server after which the transport is dead. */
const MAX_SILENT_BEATS = 3;

/** Asks the server for its time again and again: for its clock, and to notice when it is silent. */
export class ServerPulse {
  readonly #options: ServerPulseOptions;
  readonly #pulse: ClockPulse;
  #silentBeats = 0;
  /** When the last ping was given, the one before it had not been sent. */
  #wasHeld = false;

  constructor(options: ServerPulseOptions) {
    this.#options = options;
    const { timers, epochMs, sendText, isHeld } = options;
    this.#pulse = new ClockPulse({
      timers,
      epochMs,
      sendPing: (nonce) => {
        this.#wasHeld = isHeld();
        sendText(JSON.stringify({ type: "clock-ping", nonce }));
      },
      beatMs: BEAT_MS,
      onBeat: () => this.#beat(),
    });
  }

  /** What is known of the server's clock on the present transport; `null`: nothing yet. */
  get clock(): ClockEstimate | null {
    return this.#pulse.clock;
  }

  /** A transport is open; what was learned of another one may be of another machine. */
  start(): void {
    this.stop();
    this.#pulse.start();
  }

  /** No transport is open. */
  stop(): void {
    this.#pulse.stop();
    this.#pulse.clear();
    this.#silentBeats = 0;
  }

  /** The server said anything at all. What fits goes to `take`, which may still throw that it does not. */
  hear(text: string, take: (message: FromInferenceMessage) => void): void {
    this.#silentBeats = 0;
    try {
      take(parse(fromInferenceSchema, text));
    } catch (error) {
      this.#options.log(`ignored a message of the server that does not fit: ${error}`);
    }
  }

  /** The server answered a ping. */
  pong(nonce: number, timeMs: number): void {
    this.#pulse.pong(nonce, timeMs);
  }

  #beat(): void {
    const { onBeat, onSilent } = this.#options;
    // Nobody can have answered what was not sent.
    this.#silentBeats = this.#wasHeld ? 0 : this.#silentBeats + 1;
    // Beats are counted, not time: a page that slept, or whose thread was busy, reads on first.
    if (this.#silentBeats <= MAX_SILENT_BEATS) return onBeat();
    this.stop();
    onSilent();
  }
}
