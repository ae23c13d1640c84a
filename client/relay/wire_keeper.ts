import {
  type FromRelayWire,
  RELAY_PING_MS,
  RELAY_SILENCE_MS,
  type RelayCloseReason,
  type ToRelayWire,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { OpenWire, Wire, WireKind } from "./wire.ts";

/** What a keeper is given, and whom it tells. */
export interface WireKeeperOptions {
  readonly timers: Timers;
  readonly log: Log;
  readonly openWire: OpenWire;
  /** Whether signalling has found that no WebSocket gets through here. */
  isSocketBlocked(): boolean;
  onOpened(): void;
  /** All but `opened` and `pong`. */
  onText(message: FromRelayWire): void;
  onFrame(message: Uint8Array<ArrayBuffer>): void;
  /** The wire has ended; another one needs another ticket. */
  onLost(reason: RelayCloseReason | null): void;
}

/** A wire that has not opened after this long is not going to; a ticket is good for 10 s. */
const OPENING_MS: Readonly<Record<WireKind, number>> = { websocket: 4_000, stream: 8_000 };

/** One page's wire of a relay: opens it the way that works, and notices when it is dead. */
export class WireKeeper {
  readonly #options: WireKeeperOptions;
  #wire: Wire | null = null;
  #isOpen = false;
  #heardAtMs = 0;
  #nonce = 0;
  #timer: number | undefined;
  #hasSocketFailed = false;
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor(options: WireKeeperOptions) {
    this.#options = options;
  }

  /** Whether messages go out now. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Bytes taken and not yet on their way. */
  get bufferedBytes(): number {
    return this.#wire?.bufferedBytes ?? 0;
  }

  /** Bytes of all messages so far, without what the network adds. */
  get carried(): { readonly sent: number; readonly received: number } {
    return { sent: this.#sentBytes, received: this.#receivedBytes };
  }

  /** Opens a wire in place of the present one. */
  open(ticket: string): void {
    this.#open(this.#kind(), ticket);
  }

  /** Sends a message; says whether there was an open wire for it. */
  send(message: ToRelayWire | Uint8Array<ArrayBuffer>): boolean {
    if (this.#wire === null || !this.#isOpen) return false;
    const data = message instanceof Uint8Array ? message : JSON.stringify(message);
    this.#sentBytes += data.length;
    this.#wire.send(data);
    return true;
  }

  /** Ends the wire without a further event. */
  close(): void {
    this.#options.timers.clearTimeout(this.#timer);
    this.#wire?.close();
    this.#wire = null;
    this.#isOpen = false;
  }

  #kind(): WireKind {
    return this.#hasSocketFailed || this.#options.isSocketBlocked() ? "stream" : "websocket";
  }

  #open(kind: WireKind, ticket: string): void {
    const { timers, openWire } = this.#options;
    this.close();
    const isMine = () => this.#wire === wire;
    const wire: Wire = openWire(kind, ticket, {
      onText: (message) => isMine() && this.#receive(message, kind),
      onFrame: (message) => isMine() && this.#receiveFrame(message),
      onClose: (reason) => isMine() && this.#closed(kind, ticket, reason),
    });
    this.#wire = wire;
    this.#timer = timers.setTimeout(() => this.#closed(kind, ticket, null), OPENING_MS[kind]);
  }

  #receive(message: FromRelayWire, kind: WireKind): void {
    this.#heardAtMs = this.#options.timers.nowMs();
    this.#receivedBytes += JSON.stringify(message).length;
    if (message.type === "pong") return;
    if (message.type !== "opened") return this.#options.onText(message);
    this.#options.log(`through the server: wire open over ${kind}`);
    this.#isOpen = true;
    this.#beat();
    this.#options.onOpened();
  }

  #receiveFrame(message: Uint8Array<ArrayBuffer>): void {
    this.#heardAtMs = this.#options.timers.nowMs();
    this.#receivedBytes += message.length;
    this.#options.onFrame(message);
  }

  #beat(): void {
    const { timers } = this.#options;
    timers.clearTimeout(this.#timer);
    this.#timer = timers.setTimeout(() => {
      if (timers.nowMs() - this.#heardAtMs >= RELAY_SILENCE_MS) return this.#lose(null);
      this.send({ type: "ping", nonce: this.#nonce++ });
      this.#beat();
    }, RELAY_PING_MS);
  }

  #closed(kind: WireKind, ticket: string, reason: RelayCloseReason | null): void {
    const isRefused = reason !== null;
    if (!this.#isOpen && !isRefused && kind === "websocket") {
      // The ticket was not taken: it serves the other way as well.
      this.#hasSocketFailed = true;
      return this.#open("stream", ticket);
    }
    // Neither way worked: the next time begins with the better one.
    if (!this.#isOpen && !isRefused) this.#hasSocketFailed = false;
    this.#lose(reason);
  }

  #lose(reason: RelayCloseReason | null): void {
    this.close();
    this.#options.log(`through the server: wire lost${reason === null ? "" : ` (${reason})`}`);
    this.#options.onLost(reason);
  }
}
