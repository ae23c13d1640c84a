import {
  assertNever,
  decodeRelayFrame,
  type FromRelayMessage,
  parse,
  type PeerId,
  type RecordData,
  type RelayEndCause,
  type RelayFrame,
  type SignalErrorCode,
  type ToRelayMessage,
  type ToRelayTopic,
  toRelayTopicSchema,
} from "@/protocol";
import type { BulkLinks } from "../link/bulk.ts";
import { LINGER_MS } from "../link/limits.ts";
import { holderOf, keyOf, type PageName, type RoomPage } from "../link/page.ts";
import type { Log } from "../base/log.ts";
import type { RelayEvents } from "../rooms/hub_parts.ts";
import { hasPlaceFor } from "../base/limits.ts";
import { logName } from "../base/secrets.ts";
import { noRelayCounts, type RelayCounters } from "./counters.ts";
import { PhoneEnd, ViewerEnd } from "./page_ends.ts";

/** What relays are given, and whom they tell. */
export interface RelaysOptions {
  /** Viewers of all phones; see {@linkcode hasPlaceFor}. */
  readonly maxRelays: number;
  readonly bulk: Pick<BulkLinks, "open" | "find">;
  /** On its control link; dropped when the page is not there now. */
  tell(page: PageName, message: FromRelayMessage): void;
  /** A picture of a phone went out to a viewer. */
  onSent?(viewer: PageName, phone: PeerId, frame: RelayFrame): void;
  readonly log: Pick<Log, "info">;
  /** Ms on a clock that does not go backwards. @default {performance.now} */
  readonly now?: () => number;
}

/**
 * Who gets whose frames through this server, and what of them is on its way. It reads headers, never
 * a picture. Holds no socket and starts no timer; {@linkcode sweep} is to be called once a second.
 */
export class Relays implements RelayEvents {
  readonly #options: RelaysOptions;
  readonly #now: () => number;
  readonly #phones = new Map<string, PhoneEnd>();
  readonly #counters = noRelayCounts();

  constructor(options: RelaysOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** What passed through so far. */
  get counters(): RelayCounters {
    return this.#counters;
  }

  /** What is held now: phones that send, and viewers of them. */
  counts(): { phones: number; viewers: number } {
    return { phones: this.#phones.size, viewers: this.#viewers().length };
  }

  message(page: RoomPage, { body }: ToRelayMessage): boolean {
    const isPhone = page.role === "phone";
    if (isPhone !== (body.kind === "refuse")) return false;
    switch (body.kind) {
      case "open":
        this.#open(page, { ...page, peerId: body.phone, instance: body.phoneInstance });
        return true;
      case "close":
        this.#closeViewers(
          (end) =>
            end.page.roomId === page.roomId && end.page.peerId === page.peerId &&
            end.phone.page.peerId === body.phone,
          "closed",
        );
        return true;
      case "refuse":
        this.#endPhone(this.#phones.get(keyOf(page)), body.cause);
        return true;
      default:
        return assertNever(body);
    }
  }

  sweep(): void {
    const nowMs = this.#now();
    const isLost = (end: PhoneEnd | ViewerEnd) => end.unheardForMs(nowMs) >= LINGER_MS;
    this.#closeViewers(isLost, "closed");
    for (const phone of this.#phones.values()) if (isLost(phone)) this.#endPhone(phone, "gone");
  }

  #open(viewer: RoomPage, name: PageName): void {
    const { bulk, maxRelays } = this.#options;
    const page = bulk.find(name);
    if (page?.role !== "phone") return this.#tellEnded(viewer, name.peerId, "gone");
    const before = this.#phones.get(keyOf(page))?.viewers.get(viewer.peerId);
    const held = this.#viewers().map((end) => holderOf(end.page));
    if (before === undefined && !hasPlaceFor(holderOf(viewer), maxRelays, held)) {
      this.#counters.viewersRefused += 1;
      return this.#tellEnded(viewer, page.peerId, "too-many");
    }
    const phone = this.#phones.get(keyOf(page)) ?? this.#begin(page);
    this.#tellTopic(before ?? this.#add(viewer, phone));
    if (phone.isReady) phone.tellViewers();
    else this.#tellTopic(phone);
  }

  #begin(page: RoomPage): PhoneEnd {
    const topic = this.#options.bulk.open(page, {
      receive: (data) => this.#receive(phone, data),
      unlinked: () => phone.unlinked(this.#now()),
      returned: () => this.#tellTopic(phone),
      gone: () => this.#endPhone(phone, "gone"),
    });
    const phone = new PhoneEnd(page, { topic, counters: this.#counters, nowMs: this.#now() });
    this.#phones.set(keyOf(page), phone);
    this.#options.log.info("relay begun", namesOf(page));
    return phone;
  }

  #add(page: RoomPage, phone: PhoneEnd): ViewerEnd {
    const topic = this.#options.bulk.open(page, {
      receive: (data) => this.#receive(viewer, data),
      unlinked: () => viewer.unlinked(this.#now()),
      gone: () => this.#closeViewers((end) => end === viewer, "closed"),
    });
    const viewer: ViewerEnd = new ViewerEnd(page, {
      phone,
      topic,
      counters: this.#counters,
      nowMs: this.#now(),
      onSent: (frame) => this.#options.onSent?.(page, phone.page.peerId, frame),
    });
    phone.viewers.set(page.peerId, viewer);
    return viewer;
  }

  #receive(end: PhoneEnd | ViewerEnd, data: RecordData): SignalErrorCode | null {
    if (typeof data !== "string") return this.#receiveFrame(end, data);
    let message: ToRelayTopic;
    try {
      message = parse(toRelayTopicSchema, data);
    } catch {
      return "bad-message";
    }
    switch (message.type) {
      case "ready":
        end.ready();
        return null;
      case "ack":
        if (!(end instanceof ViewerEnd)) return "bad-message";
        end.ack(message.frame);
        end.phone.settle();
        return null;
      case "message":
        passMessage(end, message, this.#counters);
        return null;
      default:
        return assertNever(message);
    }
  }

  #receiveFrame(
    end: PhoneEnd | ViewerEnd,
    message: Uint8Array<ArrayBuffer>,
  ): SignalErrorCode | null {
    const { framesRefused } = this.#counters;
    if (!(end instanceof PhoneEnd)) {
      framesRefused["not-a-phone"] += 1;
      return "bad-frame";
    }
    const frame = decodeRelayFrame(message);
    if (typeof frame === "string") {
      framesRefused[frame] += 1;
      return frame === "too-large" ? "too-large" : "bad-frame";
    }
    this.#counters.framesReceived += 1;
    this.#counters.bytesReceived += message.length;
    end.receive({ frame, message }, this.#now());
    return null;
  }

  #closeViewers(which: (end: ViewerEnd) => boolean, cause: RelayEndCause): void {
    for (const end of this.#viewers().filter(which)) {
      const { phone } = end;
      this.#remove(end, cause);
      if (phone.viewers.size === 0) this.#endPhone(phone, "closed");
      else {
        phone.tellViewers();
        phone.settle();
      }
    }
  }

  #remove(end: ViewerEnd, cause: RelayEndCause): void {
    end.phone.viewers.delete(end.page.peerId);
    end.leave();
    this.#tellEnded(end.page, end.phone.page.peerId, cause);
  }

  #endPhone(phone: PhoneEnd | undefined, cause: RelayEndCause): void {
    if (phone === undefined || !this.#phones.delete(keyOf(phone.page))) return;
    for (const end of [...phone.viewers.values()]) this.#remove(end, cause);
    phone.topic.close();
    this.#options.log.info("relay ended", { ...namesOf(phone.page), cause });
    this.#tellEnded(phone.page, phone.page.peerId, cause);
  }

  #tellTopic(end: PhoneEnd | ViewerEnd): void {
    const { peerId: phone } = end instanceof ViewerEnd ? end.phone.page : end.page;
    const { number: topic } = end.topic;
    this.#options.tell(end.page, { type: "relay", phone, body: { kind: "topic", topic } });
  }

  #tellEnded(page: PageName, phone: PeerId, cause: RelayEndCause): void {
    this.#options.tell(page, { type: "relay", phone, body: { kind: "ended", cause } });
  }

  #viewers(): ViewerEnd[] {
    return [...this.#phones.values()].flatMap((phone) => [...phone.viewers.values()]);
  }
}

/** For the log: names that lead to no room. */
function namesOf({ roomId, peerId }: PageName): { room: string; peer: string } {
  return { room: logName(roomId), peer: logName(peerId) };
}

/** Passes a message on between a phone and one of its viewers, unread. */
function passMessage(
  from: PhoneEnd | ViewerEnd,
  { to, channel, text }: Extract<ToRelayTopic, { type: "message" }>,
  counters: RelayCounters,
): void {
  const isPhone = from instanceof PhoneEnd;
  const target = isPhone ? (to === undefined ? undefined : from.viewers.get(to)) : from.phone;
  // What is worth nothing when it is late is left out.
  const isPassed = target !== undefined && !(channel === "timing" && target.topic.isLate) &&
    target.say({
      type: "message",
      ...(isPhone ? {} : { from: from.page.peerId }),
      channel,
      text,
    });
  counters[isPassed ? "messagesPassed" : "messagesDropped"] += 1;
}
