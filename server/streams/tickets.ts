import { type Instance, randomSecret } from "@/protocol";
import type { StreamKey } from "../inference/ipc.ts";

/** A viewer uses its ticket at once; this covers a slow connection. */
export const TICKET_TTL_MS = 10_000;

/**
 * Tickets that tie a WebSocket to a stream: a page cannot put a secret into the handshake of a
 * WebSocket but in its URL, where it would be logged. Good once; a stream has one at a time.
 */
export class Tickets {
  readonly #streams = new Map<string, { readonly key: StreamKey; readonly expiresMs: number }>();
  readonly #latest = new Map<StreamKey, string>();

  /** A ticket for a stream; an earlier one is void. */
  issue(key: StreamKey, nowMs: number): Instance {
    this.revoke(key);
    const ticket = randomSecret() as Instance;
    this.#streams.set(ticket, { key, expiresMs: nowMs + TICKET_TTL_MS });
    this.#latest.set(key, ticket);
    return ticket;
  }

  /** The stream of a ticket, which is used up by this; `null` when it is none, or too old. */
  take(ticket: string, nowMs: number): StreamKey | null {
    const found = this.#streams.get(ticket);
    if (found === undefined) return null;
    this.revoke(found.key);
    return nowMs < found.expiresMs ? found.key : null;
  }

  /** Voids the ticket of a stream. */
  revoke(key: StreamKey): void {
    const ticket = this.#latest.get(key);
    if (ticket === undefined) return;
    this.#latest.delete(key);
    this.#streams.delete(ticket);
  }

  /** Tickets that were not used yet, expired ones of open streams too. */
  get size(): number {
    return this.#streams.size;
  }
}
