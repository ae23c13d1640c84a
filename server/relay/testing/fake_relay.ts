import {
  encodeRelayFrame,
  type FromRelayMessage,
  type FromRelayTopic,
  fromRelayTopicSchema,
  parse,
  type PeerId,
  type RecordData,
  type RelayFrame,
  type SignalErrorCode,
} from "@/protocol";
import { BulkLinks } from "../../link/bulk.ts";
import type { PageName, RoomPage } from "../../link/page.ts";
import { FakeBulkLink } from "../../link/testing/fake_bulk.ts";
import { Relays } from "../relays.ts";

/** A page's end of a relay: a topic on a bulk link of its own. */
export class FakeRelayPage {
  readonly link: FakeBulkLink;
  readonly #topic: number;

  /** Opens a link, and says that it hears the topic. */
  constructor(bulk: BulkLinks, page: RoomPage, topic: number) {
    this.link = new FakeBulkLink(bulk, page);
    this.#topic = topic;
    this.say({ type: "ready" });
  }

  /** Why it was closed; `null`: it is open. */
  get closed(): SignalErrorCode | null {
    return this.link.refused;
  }

  get texts(): FromRelayTopic[] {
    return this.#data.filter((data) => typeof data === "string")
      .map((text) => parse(fromRelayTopicSchema, text));
  }

  get frames(): Uint8Array<ArrayBuffer>[] {
    return this.#data.filter((data) => typeof data !== "string");
  }

  /** Ids of the frames that came. */
  get frameIds(): number[] {
    return this.frames.map((frame) => new DataView(frame.buffer).getUint32(8, true));
  }

  /** The newest frame that the server says is dealt with. */
  get acked(): number | undefined {
    return this.texts.findLast((text) => text.type === "ack")?.frame;
  }

  /** Says something as its page would. */
  say(message: object): void {
    this.raw(JSON.stringify(message));
  }

  /** Says anything at all on its topic. */
  raw(data: RecordData): void {
    this.link.say(this.#topic, data);
  }

  get #data(): RecordData[] {
    return this.link.sent.filter(({ topic }) => topic === this.#topic).map(({ data }) => data);
  }
}

/** Relays with a clock to turn, all that they said on control links, and what went out to whom. */
export function fakeRelays(maxRelays = 8) {
  const clock = { nowMs: 0 };
  const now = () => clock.nowMs;
  const bulk = new BulkLinks(now);
  const told: { page: PageName; message: FromRelayMessage }[] = [];
  const sent: { viewer: PageName; phone: PeerId; frame: RelayFrame }[] = [];
  const relays = new Relays({
    maxRelays,
    bulk,
    tell: (page, message) => void told.push({ page, message }),
    onSent: (viewer, phone, frame) => void sent.push({ viewer, phone, frame }),
    log: { info: () => {} },
    now,
  });
  const bodies = (page: PageName) =>
    told.filter((one) => one.page.peerId === page.peerId && one.page.instance === page.instance)
      .map(({ message }) => message.body);
  return {
    relays,
    bulk,
    clock,
    sent,
    /** The last that a page was told. */
    lastBody: (page: PageName) => bodies(page).at(-1),
    bodies,
    sweep: () => {
      bulk.sweep();
      relays.sweep();
    },
    /** Opens a link of a page that was told of a topic, for the newest one. */
    link(page: RoomPage): FakeRelayPage {
      const body = bodies(page).findLast(({ kind }) => kind === "topic");
      return new FakeRelayPage(bulk, page, body?.kind === "topic" ? body.topic : 0);
    },
    /** Has a viewer ask for a phone. */
    open: (viewer: RoomPage, phone: RoomPage) =>
      relays.message(viewer, {
        type: "relay",
        body: { kind: "open", phone: phone.peerId, phoneInstance: phone.instance },
      }),
    close: (viewer: RoomPage, phone: RoomPage) =>
      relays.message(viewer, { type: "relay", body: { kind: "close", phone: phone.peerId } }),
  };
}

/** A frame of that id; its picture is not one, which is none of the relay's business. */
export function fakeFrame(frameId: number, bytes = 100): Uint8Array<ArrayBuffer> {
  const jpeg = new Uint8Array(bytes).fill(frameId & 255);
  return encodeRelayFrame({ frameId, widthPx: 640, heightPx: 480, captureTimeMs: 1e12, jpeg });
}
