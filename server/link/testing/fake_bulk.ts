import { randomSecret, type RecordData, type Role, type SignalErrorCode } from "@/protocol";
import type { BulkLink, BulkLinks } from "../bulk.ts";
import type { RoomPage } from "../page.ts";

/** A page in a room. */
export function fakePage(
  role: Role,
  roomId: string = randomSecret(),
  from: RoomPage["from"] = { address: "192.168.1.30", isTrusted: false },
): RoomPage {
  const page = { roomId, peerId: randomSecret(), instance: randomSecret(), role, from };
  return page as RoomPage;
}

/** A page's bulk link, which keeps what it was given. */
export class FakeBulkLink implements BulkLink {
  readonly sent: { readonly topic: number; readonly data: RecordData }[] = [];
  refused: SignalErrorCode | null = null;
  bufferedBytes = 0;
  readonly #bulk: BulkLinks;

  /** Opens it with a ticket of the page's. */
  constructor(bulk: BulkLinks, page: RoomPage, ticket: string = bulk.ticket(page)) {
    this.#bulk = bulk;
    if (bulk.attach(ticket, this) === null) this.refused = "bad-ticket";
  }

  send(topic: number, data: RecordData): void {
    if (this.refused === null) this.sent.push({ topic, data });
  }

  refuse(code: SignalErrorCode): void {
    this.refused = code;
  }

  /** Says something as its page would, and is closed for it as the real one. */
  say(topic: number, data: RecordData): void {
    if (this.refused !== null) return;
    const code = this.#bulk.receive(this, { topic, data });
    if (code === null) return;
    this.#bulk.detach(this);
    this.refused = code;
  }

  /** It ends without a word. */
  lose(): void {
    this.#bulk.detach(this);
    this.refused = "timeout";
  }
}
