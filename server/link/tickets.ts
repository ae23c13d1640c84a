import { type Instance, randomSecret } from "@/protocol";

/** A page uses its ticket at once; this covers a slow connection. */
export const TICKET_TTL_MS = 10_000;

/** Tickets, each good once and for a while. `Key` is what one is for; it has one at a time. */
export class Tickets<Key> {
  readonly #issued = new Map<string, { readonly key: Key; readonly expiresMs: number }>();
  readonly #latest = new Map<Key, string>();

  /** A ticket; an earlier one for the same is void. */
  issue(key: Key, nowMs: number): Instance {
    this.revoke(key);
    const ticket = randomSecret() as Instance;
    this.#issued.set(ticket, { key, expiresMs: nowMs + TICKET_TTL_MS });
    this.#latest.set(key, ticket);
    return ticket;
  }

  /** What a ticket is for; it is used up by this. `null` when it is none, or too old. */
  take(ticket: string, nowMs: number): Key | null {
    const found = this.#issued.get(ticket);
    if (found === undefined) return null;
    this.revoke(found.key);
    return nowMs < found.expiresMs ? found.key : null;
  }

  /** Voids the ticket for this. */
  revoke(key: Key): void {
    const ticket = this.#latest.get(key);
    if (ticket === undefined) return;
    this.#latest.delete(key);
    this.#issued.delete(ticket);
  }

  /** Tickets that were not used yet, expired ones too. */
  get size(): number {
    return this.#issued.size;
  }
}
