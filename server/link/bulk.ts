import {
  type Instance,
  type LinkRecord,
  MAX_TOPIC,
  randomSecret,
  type RecordData,
  type RoomId,
  type SignalErrorCode,
} from "@/protocol";
import { LATE_BACKLOG_BYTES, LINGER_MS } from "./limits.ts";
import { keyOf, type PageName, type RoomPage } from "./page.ts";

/** A page uses its ticket at once; this covers a slow connection. */
export const TICKET_TTL_MS = 10_000;

/** What is used of a bulk link's session. */
export interface BulkLink {
  readonly bufferedBytes: number;
  send(topic: number, data: RecordData): void;
  /** Closes it, and says why. */
  refuse(code: SignalErrorCode): void;
}

/** Who is at the server's end of a topic. */
export interface TopicEnd {
  /** Takes what the page said. Answers why its link is to be closed for it, or `null`. */
  receive(data: RecordData): SignalErrorCode | null;
  /** The page has lost its bulk link. */
  unlinked?(): void;
  /** The page is in its room again: what it was told of the topic may be lost. */
  returned?(): void;
  /** The page has gone for good, and the topic with it. */
  gone(): void;
}

/** Something between one page and the server that has a number on the page's bulk link. */
export interface Topic {
  readonly number: number;
  /** Whether the page has a bulk link now. */
  readonly isLinked: boolean;
  /** Whether so much waits for the page that what is late is worth nothing. */
  readonly isLate: boolean;
  /** Sends; says whether there was a link for it. */
  send(data: RecordData): boolean;
  close(): void;
}

interface Page {
  readonly page: RoomPage;
  readonly topics: Map<number, TopicEnd>;
  link: BulkLink | null;
  /** Opens a link of it, once. */
  ticket: { readonly text: Instance; readonly expiresMs: number } | null;
  lastTopic: number;
  /** Since when it is not in its room; `null`: it is. */
  lostAtMs: number | null;
}

/**
 * The pages that are in rooms, what each has open with this server, and the bulk link that carries it.
 * No page can name what is another's: numbers of topics are each page's own. Holds no socket and starts
 * no timer; {@linkcode sweep} is to be called about once a second.
 */
export class BulkLinks {
  readonly #now: () => number;
  readonly #pages = new Map<string, Page>();
  readonly #byLink = new Map<BulkLink, Page>();
  readonly #byTicket = new Map<string, Page>();

  /** @param now Ms on a clock that does not go backwards. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Bulk links open now. */
  get size(): number {
    return this.#byLink.size;
  }

  /** A page joined, or came back on another control link. An older load of it has gone. */
  present(page: RoomPage): void {
    for (const other of [...this.#pages.values()]) {
      const { roomId, peerId, instance, role } = other.page;
      const isSame = instance === page.instance && role === page.role;
      if (roomId === page.roomId && peerId === page.peerId && !isSame) this.#forget(other);
    }
    const known = this.#pages.get(keyOf(page));
    if (known === undefined) {
      const topics = new Map<number, TopicEnd>();
      const fresh = { page, topics, link: null, ticket: null, lastTopic: 0, lostAtMs: null };
      return void this.#pages.set(keyOf(page), fresh);
    }
    known.lostAtMs = null;
    for (const end of [...known.topics.values()]) end.returned?.();
  }

  /** Its control link ended. `left`: for good, also when another took its place. `lost`: perhaps not. */
  absent(name: PageName, reason: "left" | "lost"): void {
    const known = this.#pages.get(keyOf(name));
    if (known === undefined) return;
    if (reason === "lost" && known.topics.size > 0) known.lostAtMs = this.#now();
    else this.#forget(known);
  }

  /** A room died. */
  roomExpired(roomId: RoomId): void {
    for (const known of [...this.#pages.values()]) {
      if (known.page.roomId === roomId) this.#forget(known);
    }
  }

  /** A page that is in its room, or was a moment ago and has something open. */
  find(name: PageName): RoomPage | undefined {
    return this.#pages.get(keyOf(name))?.page;
  }

  /** Opens a topic for a page. @throws {TypeError} If the page is not there. */
  open(name: PageName, end: TopicEnd): Topic {
    const known = this.#pages.get(keyOf(name));
    if (known === undefined) throw new TypeError("Cannot open topic: the page is not there");
    // What is still on its way for a topic that was closed reaches no other soon.
    do known.lastTopic = known.lastTopic % MAX_TOPIC + 1; while (known.topics.has(known.lastTopic));
    const number = known.lastTopic;
    known.topics.set(number, end);
    return {
      number,
      get isLinked() {
        return known.link !== null;
      },
      get isLate() {
        return (known.link?.bufferedBytes ?? Infinity) > LATE_BACKLOG_BYTES;
      },
      send(data) {
        if (known.link === null || !known.topics.has(number)) return false;
        known.link.send(number, data);
        return true;
      },
      close: () => {
        known.topics.delete(number);
        if (known.topics.size === 0 && known.lostAtMs !== null) this.#forget(known);
      },
    };
  }

  /** A ticket for a bulk link of a page that is there; an earlier one is void. */
  ticket(name: PageName): Instance {
    const known = this.#pages.get(keyOf(name));
    if (known === undefined) throw new TypeError("Cannot give ticket: the page is not there");
    this.#voidTicket(known);
    const text = randomSecret() as Instance;
    known.ticket = { text, expiresMs: this.#now() + TICKET_TTL_MS };
    this.#byTicket.set(text, known);
    return text;
  }

  /** Whether a ticket is of a page that is here. */
  hasTicket(ticket: string): boolean {
    return this.#byTicket.has(ticket);
  }

  /** Takes a link for the page of its ticket, in place of an older one; `null`: it is no good ticket. */
  attach(ticket: string, link: BulkLink): RoomPage | null {
    const known = this.#byTicket.get(ticket);
    const expiresMs = known?.ticket?.expiresMs ?? 0;
    if (known !== undefined) this.#voidTicket(known);
    if (known === undefined || this.#now() >= expiresMs) return null;
    this.#unlink(known, "replaced");
    known.link = link;
    this.#byLink.set(link, known);
    return known.page;
  }

  /** A link has ended by itself. */
  detach(link: BulkLink): void {
    const known = this.#byLink.get(link);
    if (known === undefined) return;
    this.#byLink.delete(link);
    known.link = null;
    for (const end of [...known.topics.values()]) end.unlinked?.();
  }

  /** Takes a record of a link. Answers why that is to be closed for it, or `null`. */
  receive(link: BulkLink, { topic, data }: LinkRecord): SignalErrorCode | null {
    // What was closed a moment ago may still be spoken to.
    return this.#byLink.get(link)?.topics.get(topic)?.receive(data) ?? null;
  }

  /** Applies the time limit. */
  sweep(): void {
    const nowMs = this.#now();
    for (const known of [...this.#pages.values()]) {
      if (known.lostAtMs !== null && nowMs - known.lostAtMs >= LINGER_MS) this.#forget(known);
    }
  }

  #forget(known: Page): void {
    this.#pages.delete(keyOf(known.page));
    this.#voidTicket(known);
    const ends = [...known.topics.values()];
    known.topics.clear();
    for (const end of ends) end.gone();
    this.#unlink(known, "ended");
  }

  #voidTicket(known: Page): void {
    if (known.ticket !== null) this.#byTicket.delete(known.ticket.text);
    known.ticket = null;
  }

  #unlink(known: Page, code: SignalErrorCode): void {
    const { link } = known;
    if (link === null) return;
    this.detach(link);
    link.refuse(code);
  }
}
