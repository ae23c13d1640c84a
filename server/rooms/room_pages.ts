import type {
  JoinOrigins,
  ModelsMessage,
  RoomId,
  ToRelayMessage,
  ToStreamMessage,
} from "@/protocol";
import type { BulkLinks } from "../link/bulk.ts";
import type { RoomPage } from "../link/page.ts";
import type { ConnectionId, LinkSession } from "../link/session.ts";
import type { RelayEvents, StreamEvents } from "./hub_parts.ts";
import type { Membership } from "./room_registry.ts";

/** What all viewers are told, of each kind the newest: where phones reach the server, its models. */
export type Announcement = JoinOrigins | ModelsMessage;

/** What pages have open with this server, and who keeps it. */
export interface RoomPagesOptions {
  readonly bulk: BulkLinks;
  /** `null`: the server takes no streams of frames. */
  readonly streams: StreamEvents | null;
  /** `null`: it passes no pictures on. */
  readonly relay: RelayEvents | null;
}

interface PresentPage {
  readonly page: RoomPage;
  readonly session: LinkSession;
}

/** The pages in rooms, by their control links, and what each asks of the server itself. */
export class RoomPages {
  readonly #options: RoomPagesOptions;
  readonly #pages = new Map<ConnectionId, PresentPage>();
  readonly #announced = new Map<Announcement["type"], Announcement>();

  constructor(options: RoomPagesOptions) {
    this.#options = options;
  }

  /** Bulk links open now. */
  get bulkLinks(): number {
    return this.#options.bulk.size;
  }

  /** A page has joined. @returns What it is from now on; `null`: it was there before. */
  came(session: LinkSession, { roomId, self }: Membership): RoomPage | null {
    if (this.#pages.has(session.id)) return null;
    const { id: peerId, instance, role } = self;
    const page: RoomPage = { roomId, peerId, instance, role, from: session.visitor };
    this.#pages.set(session.id, { page, session });
    this.#options.bulk.present(page);
    if (role !== "phone") { for (const message of this.#announced.values()) session.say(message); }
    return page;
  }

  /** A link has ended. @param isHere Whether the page is there on a newer one: then it has not gone. */
  gone(
    session: LinkSession,
    reason: "left" | "lost",
    isHere: (page: RoomPage) => boolean,
  ): void {
    const { bulk } = this.#options;
    bulk.detach(session);
    const present = this.#pages.get(session.id);
    this.#pages.delete(session.id);
    if (present !== undefined && !isHere(present.page)) bulk.absent(present.page, reason);
  }

  /** Those of owners. */
  owners(): readonly PresentPage[] {
    return [...this.#pages.values()].filter(({ page }) => page.role === "owner");
  }

  /** Tells viewers, now and when they join, what holds from now on. */
  announce(message: Announcement): void {
    this.#announced.set(message.type, message);
    for (const { page, session } of this.#pages.values()) {
      if (page.role !== "phone") session.say(message);
    }
  }

  /** A room has died. */
  roomExpired(roomId: RoomId): void {
    this.#options.bulk.roomExpired(roomId);
    this.#options.streams?.roomExpired(roomId);
  }

  /** Somebody may not see a room any more. */
  sentAway(roomId: RoomId): void {
    this.#options.streams?.sentAway(roomId);
  }

  /** Applies every time limit. */
  sweep(): void {
    this.#options.bulk.sweep();
    this.#options.relay?.sweep();
  }

  /** Answers a page that wants to open its bulk link. */
  giveTicket(session: LinkSession): void {
    const page = this.#pages.get(session.id)?.page;
    if (page === undefined) return session.refuse("not-allowed");
    session.say({ type: "ticket", ticket: this.#options.bulk.ticket(page) });
  }

  /** Takes a link for the bulk link of its ticket's page. */
  openBulk(session: LinkSession, ticket: string): void {
    const page = this.#options.bulk.attach(ticket, session);
    if (page === null) return session.refuse("bad-ticket");
    const { peerId: id, instance, role } = page;
    session.accept("bulk", role);
    session.say({ type: "opened", self: { id, instance, role } });
  }

  /** Takes what a page says of one of its streams of frames. */
  toStream(session: LinkSession, message: ToStreamMessage): void {
    const page = this.#pages.get(session.id)?.page;
    if (page === undefined || page.role === "phone") return session.refuse("not-allowed");
    const { streams } = this.#options;
    if (streams !== null) return streams.message(page, message);
    const { type, stream, body } = message;
    // Nothing was ever open, so these two ask for nothing.
    if (body.kind === "ice-candidate" || body.kind === "close") return;
    session.say({ type, stream, body: { kind: "ended", cause: "unavailable" } });
  }

  /** Takes what a page says of pictures through the server. */
  toRelay(session: LinkSession, message: ToRelayMessage): void {
    const page = this.#pages.get(session.id)?.page;
    if (page === undefined) return session.refuse("not-allowed");
    const { relay } = this.#options;
    if (relay !== null) {
      if (!relay.message(page, message)) session.refuse("not-allowed");
      return;
    }
    const phone = message.body.kind === "open" ? message.body.phone : page.peerId;
    session.say({ type: "relay", phone, body: { kind: "ended", cause: "unavailable" } });
  }
}
