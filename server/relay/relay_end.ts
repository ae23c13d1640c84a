import {
  MAX_RELAY_FRAME_BYTES,
  MAX_RELAY_TEXT_CHARS,
  parse,
  type RelayCloseReason,
  type ToRelayWire,
  toRelayWireSchema,
} from "@/protocol";
import type { RelayDesk } from "./desk.ts";
import type { Seat } from "./seats.ts";
import type { RelayWire } from "./wire.ts";

/** One wire's way to its seat: sizes and shapes are checked here, the rest by the desk. */
export class RelayEnd {
  readonly #desk: RelayDesk;
  readonly #wire: RelayWire;
  #seat: Seat | null = null;
  #isOver = false;

  constructor(desk: RelayDesk, wire: RelayWire) {
    this.#desk = desk;
    this.#wire = wire;
  }

  /** Nothing is taken any more. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes the first message, which is a ticket. */
  open(ticket: string): void {
    if (this.#isOver) return;
    this.#seat = this.#desk.attach(ticket, this.#wire);
    if (this.#seat === null) this.refuse("bad-ticket");
  }

  /** Takes one message as it came off the wire. Never throws, whatever is in it. */
  receive(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.#isOver) return;
    const isText = typeof message === "string";
    if (message.length > (isText ? MAX_RELAY_TEXT_CHARS : MAX_RELAY_FRAME_BYTES)) {
      return this.refuse("too-large");
    }
    if (this.#seat === null) {
      return isText ? this.open(message) : this.refuse("bad-message");
    }
    // Closed by the desk: what was on its way until then is for nobody.
    if (this.#seat.wire !== this.#wire) return;
    const reason = isText
      ? this.#receiveText(this.#seat, message)
      : this.#desk.receiveFrame(this.#seat, message);
    if (reason !== null) this.refuse(reason);
  }

  /** Closes the wire and says why. */
  refuse(reason: RelayCloseReason): void {
    if (this.#isOver) return;
    const seat = this.#seat;
    this.ended();
    // Through its seat, where it has one, so that it is counted.
    if (seat === null) this.#desk.closeUnseated(this.#wire, reason);
    else this.#desk.closeWire(seat, this.#wire, reason);
  }

  /** The wire has ended, by either end. */
  ended(): void {
    this.#isOver = true;
  }

  /** The wire has ended by itself. */
  lost(): void {
    if (this.#seat !== null) this.#desk.detach(this.#seat, this.#wire);
    this.#isOver = true;
  }

  #receiveText(seat: Seat, text: string): RelayCloseReason | null {
    let message: ToRelayWire;
    try {
      message = parse(toRelayWireSchema, text);
    } catch {
      return "bad-message";
    }
    return this.#desk.receiveText(seat, message);
  }
}
