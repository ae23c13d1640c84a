import {
  assertNever,
  decodeRelayFrame,
  type FromRelayMessage,
  type PeerId,
  type RelayCloseReason,
  type RelayEndCause,
  type RoomId,
  type ToRelayMessage,
  type ToRelayWire,
} from "@/protocol";
import type { Log } from "../log.ts";
import type { RelayEvents, RoomPage } from "../signaling/relay_events.ts";
import type { Viewer } from "../signaling/stream_events.ts";
import { Tickets } from "../streams/tickets.ts";
import { countOne, noRelayCounts, type RelayCounters } from "./counters.ts";
import { roomShare } from "../signaling/room_share.ts";
import { RELAY_LINGER_MS } from "./limits.ts";
import { keyOf, namesOf } from "./page_names.ts";
import { passMessage } from "./pass_message.ts";
import { PhoneSeat, type Seat, ViewerSeat } from "./seats.ts";
import type { RelayWire } from "./wire.ts";

/** What a desk is given, and whom it tells. */
export interface RelayDeskOptions {
  /** Viewers of all phones. One room gets its {@linkcode roomShare} of them. */
  readonly maxRelays: number;
  /** Over signalling; dropped when the page is not there now. */
  tell(page: Viewer, message: FromRelayMessage): void;
  readonly log: Pick<Log, "info">;
  /** Ms on a clock that does not go backwards. @default {performance.now} */
  readonly now?: () => number;
}

/**
 * Who gets whose frames through this server, and what of them is on its way. It reads headers, never
 * a picture. Holds no socket and starts no timer; {@linkcode sweep} is to be called once a second.
 */
export class RelayDesk implements RelayEvents {
  readonly #options: RelayDeskOptions;
  readonly #now: () => number;
  readonly #phones = new Map<string, PhoneSeat>();
  /** Pages in their rooms now, and those with a seat that lost their signalling, since when. */
  readonly #pages = new Map<
    string,
    { readonly page: RoomPage; readonly lostAtMs: number | null }
  >();
  readonly #tickets = new Tickets<Seat>();
  readonly #counters = noRelayCounts();

  constructor(options: RelayDeskOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** What passed through so far. */
  get counters(): RelayCounters {
    return this.#counters;
  }

  /** What is held now: phones that send, and viewers of them. */
  counts(): { phones: number; viewers: number } {
    return { phones: this.#phones.size, viewers: this.#viewerSeats().length };
  }

  /** See {@linkcode RelayEvents.present}. */
  present(page: RoomPage): void {
    this.#pages.set(keyOf(page), { page, lostAtMs: null });
    const phone = this.#phones.get(keyOf(page));
    // What it was told before may be lost.
    if (phone !== undefined && phone.wire === null) this.#giveTicket(phone);
  }

  /** See {@linkcode RelayEvents.absent}. */
  absent(page: RoomPage, reason: "left" | "lost"): void {
    const key = keyOf(page);
    const isSeated = this.#phones.has(key) ||
      this.#viewerSeats().some((seat) => keyOf(seat.page) === key);
    if (reason === "lost" && isSeated) this.#pages.set(key, { page, lostAtMs: this.#now() });
    else this.#forget(key);
  }

  /** See {@linkcode RelayEvents.roomExpired}. */
  roomExpired(roomId: RoomId): void {
    for (const [key, { page }] of this.#pages) if (page.roomId === roomId) this.#forget(key);
  }

  /** See {@linkcode RelayEvents.message}. */
  message(page: RoomPage, { body }: ToRelayMessage): boolean {
    const isPhone = page.role === "phone";
    switch (body.kind) {
      case "open":
        if (isPhone) return false;
        this.#open(page, body);
        return true;
      case "close":
        if (isPhone) return false;
        this.#closeViewers((seat) =>
          seat.page.roomId === page.roomId &&
          seat.page.peerId === page.peerId && seat.phone.page.peerId === body.phone, "closed");
        return true;
      case "ticket": {
        if (!isPhone) return false;
        const phone = this.#phones.get(keyOf(page));
        if (phone === undefined) this.#tellEnded(page, page.peerId, "closed");
        else this.#giveTicket(phone);
        return true;
      }
      case "refuse":
        if (!isPhone) return false;
        this.#endPhone(this.#phones.get(keyOf(page)), "refused");
        return true;
      default:
        return assertNever(body);
    }
  }

  /** Gives a wire the place that its ticket is for; `null`: it is no ticket, or too old. */
  attach(ticket: string, wire: RelayWire): Seat | null {
    const nowMs = this.#now();
    const seat = this.#tickets.take(ticket, nowMs);
    if (seat === null) return null;
    seat.attach(wire, nowMs);
    const { session } = wire;
    seat.send(JSON.stringify({ type: "opened", ...(session === undefined ? {} : { session }) }));
    if (seat instanceof PhoneSeat) seat.tellViewers();
    if (seat instanceof ViewerSeat) seat.pump();
    return seat;
  }

  /** A wire has ended by itself. */
  detach(seat: Seat, wire: RelayWire): void {
    if (seat.wire === wire) seat.detach(this.#now());
  }

  /** Closes a wire for what came over it. Its seat stays: the page may open another wire. */
  closeWire(seat: Seat, wire: RelayWire, reason: RelayCloseReason): void {
    if (seat.wire !== wire) return;
    seat.close(reason);
    seat.detach(this.#now());
  }

  /** Closes a wire that never had a seat. */
  closeUnseated(wire: RelayWire, reason: RelayCloseReason): void {
    countOne(this.#counters.wiresClosed, reason);
    wire.close(reason);
  }

  /** Takes a frame of a wire; answers why it is to be closed for it, or `null`. */
  receiveFrame(seat: Seat, message: Uint8Array<ArrayBuffer>): RelayCloseReason | null {
    const { framesRefused } = this.#counters;
    if (!(seat instanceof PhoneSeat)) {
      countOne(framesRefused, "not-a-phone");
      return "bad-frame";
    }
    const nowMs = this.#now();
    seat.hear(nowMs, false);
    const frame = decodeRelayFrame(message);
    if (typeof frame === "string") {
      countOne(framesRefused, frame);
      return frame === "too-large" ? "too-large" : "bad-frame";
    }
    this.#counters.framesReceived += 1;
    this.#counters.bytesReceived += message.length;
    seat.receive(frame.frameId, message, nowMs);
    return null;
  }

  /** Takes a text message of a wire; answers why it is to be closed for it, or `null`. */
  receiveText(seat: Seat, message: ToRelayWire): RelayCloseReason | null {
    if (!seat.hear(this.#now(), true)) return "too-fast";
    switch (message.type) {
      case "ping":
        seat.send(JSON.stringify({ type: "pong", nonce: message.nonce }));
        return null;
      case "ack":
        if (!(seat instanceof ViewerSeat)) return "bad-message";
        seat.ack(message.frame);
        seat.phone.settle();
        return null;
      case "message":
        passMessage(seat, message, this.#counters);
        return null;
      default:
        return assertNever(message);
    }
  }

  /** Applies every time limit. */
  sweep(): void {
    const nowMs = this.#now();
    for (const [key, { lostAtMs }] of this.#pages) {
      if (lostAtMs !== null && nowMs - lostAtMs >= RELAY_LINGER_MS) this.#forget(key);
    }
    for (const seat of [...this.#phones.values(), ...this.#viewerSeats()]) {
      if (seat.wire !== null && seat.isSilent(nowMs)) {
        seat.close("timeout");
        seat.detach(nowMs);
      }
    }
    const isLost = (seat: Seat) => seat.wire === null && seat.isSilent(nowMs, RELAY_LINGER_MS);
    this.#closeViewers(isLost, "closed");
    for (const phone of this.#phones.values()) if (isLost(phone)) this.#endPhone(phone, "gone");
  }

  /** The server goes away: every wire is told so. */
  close(): void {
    for (const seat of [...this.#phones.values(), ...this.#viewerSeats()]) {
      seat.close("server-closing");
    }
    this.#phones.clear();
    this.#pages.clear();
  }

  #open(
    viewer: RoomPage,
    { phone: peerId, phoneInstance: instance }: {
      phone: PeerId;
      phoneInstance: Viewer["instance"];
    },
  ): void {
    const key = keyOf({ roomId: viewer.roomId, peerId, instance });
    const known = this.#pages.get(key);
    if (known === undefined || known.page.role !== "phone") {
      return this.#tellEnded(viewer, peerId, "gone");
    }
    const isKnown = this.#phones.get(key)?.viewers.has(viewer.peerId) ?? false;
    const seats = this.#viewerSeats();
    const inRoom = seats.filter(({ page }) => page.roomId === viewer.roomId);
    const { maxRelays } = this.#options;
    if (!isKnown && (seats.length >= maxRelays || inRoom.length >= roomShare(maxRelays))) {
      return this.#tellEnded(viewer, peerId, "too-many");
    }
    const how = { counters: this.#counters, nowMs: this.#now() };
    const phone = this.#phones.get(key) ?? this.#begin(new PhoneSeat(known.page, how));
    const before = phone.viewers.get(viewer.peerId);
    const isSame = before?.page.instance === viewer.instance;
    if (before !== undefined && !isSame) this.#removeViewer(before);
    const seat = before !== undefined && isSame ? before : new ViewerSeat(viewer, phone, how);
    phone.viewers.set(viewer.peerId, seat);
    this.#giveTicket(seat);
    if (phone.wire === null) this.#giveTicket(phone);
    else phone.tellViewers();
  }

  #begin(phone: PhoneSeat): PhoneSeat {
    this.#phones.set(keyOf(phone.page), phone);
    this.#options.log.info("relay begun", namesOf(phone.page));
    return phone;
  }

  #forget(key: string): void {
    this.#pages.delete(key);
    this.#endPhone(this.#phones.get(key), "gone");
    this.#closeViewers((seat) => keyOf(seat.page) === key, "closed");
  }

  #closeViewers(which: (seat: ViewerSeat) => boolean, cause: RelayEndCause): void {
    for (const seat of this.#viewerSeats().filter(which)) {
      this.#removeViewer(seat);
      this.#tellEnded(seat.page, seat.phone.page.peerId, cause);
      if (seat.phone.viewers.size === 0) this.#endPhone(seat.phone, "closed");
      else {
        seat.phone.tellViewers();
        seat.phone.settle();
      }
    }
  }

  #removeViewer(seat: ViewerSeat): void {
    seat.phone.viewers.delete(seat.page.peerId);
    seat.leave();
    seat.close("ended");
    this.#tickets.revoke(seat);
  }

  #endPhone(phone: PhoneSeat | undefined, cause: RelayEndCause): void {
    if (phone === undefined) return;
    for (const seat of phone.viewers.values()) {
      this.#removeViewer(seat);
      this.#tellEnded(seat.page, phone.page.peerId, cause);
    }
    phone.close("ended");
    this.#tickets.revoke(phone);
    this.#phones.delete(keyOf(phone.page));
    this.#options.log.info("relay ended", { ...namesOf(phone.page), cause });
    this.#tellEnded(phone.page, phone.page.peerId, cause);
  }

  #giveTicket(seat: Seat): void {
    const ticket = this.#tickets.issue(seat, this.#now());
    const phone = seat instanceof ViewerSeat ? seat.phone.page.peerId : seat.page.peerId;
    this.#options.tell(seat.page, { type: "relay", phone, body: { kind: "ticket", ticket } });
  }

  #tellEnded(page: Viewer, phone: PeerId, cause: RelayEndCause): void {
    this.#options.tell(page, { type: "relay", phone, body: { kind: "ended", cause } });
  }

  #viewerSeats(): ViewerSeat[] {
    return [...this.#phones.values()].flatMap((phone) => [...phone.viewers.values()]);
  }
}
