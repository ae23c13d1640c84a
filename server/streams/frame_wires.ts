import type { Instance } from "@/protocol";
import type { StreamKey } from "../inference/ipc.ts";
import { Tickets } from "./tickets.ts";

/** A WebSocket that carries the frames and results of one stream. */
export interface FrameWire {
  send(text: string): void;
  close(code: number, reason: string): void;
}

/** Gauge of now, and counters since the start. */
export interface WireCounts {
  readonly wires: number;
  /** Messages over their rate. */
  readonly messagesRefused: number;
  /** Results that a newer one overtook on its way to a slow viewer. */
  readonly resultsLost: number;
}

/** Which WebSocket carries which stream; tickets tie one to the other. Holds the wires' faces only. */
export class FrameWires {
  readonly #now: () => number;
  readonly #tickets = new Tickets<StreamKey>();
  readonly #wires = new Map<StreamKey, FrameWire>();
  #messagesRefused = 0;
  #resultsLost = 0;

  /** @param now Ms on a clock that does not go backwards. */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A ticket for a stream. */
  issue(key: StreamKey): Instance {
    return this.#tickets.issue(key, this.#now());
  }

  /** Ties a WebSocket to the stream of a ticket; an earlier one is closed. `null`: no good ticket. */
  attach(ticket: string, wire: FrameWire): StreamKey | null {
    const key = this.#tickets.take(ticket, this.#now());
    if (key === null) return null;
    this.#wires.get(key)?.close(1008, "replaced");
    this.#wires.set(key, wire);
    return key;
  }

  /** A WebSocket has ended. Its stream goes on: another carrier may take over. */
  detach(key: StreamKey, wire: FrameWire): void {
    if (this.#wires.get(key) === wire) this.#wires.delete(key);
  }

  /** Sends a text to the viewer of a stream, if it has a WebSocket. */
  send(key: StreamKey, text: string): void {
    this.#wires.get(key)?.send(text);
  }

  /** A stream has ended: its ticket is void, its WebSocket is closed. */
  forget(key: StreamKey): void {
    this.#tickets.revoke(key);
    const wire = this.#wires.get(key);
    this.#wires.delete(key);
    wire?.close(1000, "ended");
  }

  /** Closes every WebSocket: the server goes away. */
  closeAll(): void {
    for (const wire of [...this.#wires.values()]) wire.close(1001, "server-closing");
  }

  /** A WebSocket sent faster than it may. */
  messageRefused(): void {
    this.#messagesRefused++;
  }

  /** A WebSocket took results more slowly than they came. */
  resultLost(): void {
    this.#resultsLost++;
  }

  /** For health pages and tests. */
  counts(): WireCounts {
    return {
      wires: this.#wires.size,
      messagesRefused: this.#messagesRefused,
      resultsLost: this.#resultsLost,
    };
  }
}
