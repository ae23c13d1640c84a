import {
  encodeRelayFrame,
  type FromRelayMessage,
  type FromRelayWire,
  fromRelayWireSchema,
  parse,
  randomSecret,
  type RelayCloseReason,
  type Role,
} from "@/protocol";
import type { RoomPage } from "../../signaling/relay_events.ts";
import { RelayDesk } from "../desk.ts";
import { RelayEnd } from "../relay_end.ts";
import type { RelayWire } from "../wire.ts";

/** A wire that keeps what it was given. */
export class FakeWire implements RelayWire {
  readonly texts: FromRelayWire[] = [];
  readonly frames: Uint8Array<ArrayBuffer>[] = [];
  closed: RelayCloseReason | null = null;
  buffered = 0;
  readonly end: RelayEnd;

  constructor(desk: RelayDesk) {
    this.end = new RelayEnd(desk, this);
  }

  send(message: string | Uint8Array<ArrayBuffer>): void {
    if (this.closed !== null) return;
    if (typeof message === "string") this.texts.push(parse(fromRelayWireSchema, message));
    else this.frames.push(message);
  }

  close(reason: RelayCloseReason): void {
    this.closed = reason;
  }

  bufferedBytes(): number {
    return this.buffered;
  }

  /** Says something as its page would. */
  say(message: unknown): void {
    this.end.receive(JSON.stringify(message));
  }

  /** The newest frame that the server says is dealt with. */
  get acked(): number | undefined {
    return this.texts.findLast(({ type }) => type === "ack")?.type === "ack"
      ? (this.texts.findLast((text) => text.type === "ack") as { frame: number }).frame
      : undefined;
  }

  /** Ids of the frames that came. */
  get frameIds(): number[] {
    return this.frames.map((frame) => new DataView(frame.buffer).getUint32(8, true));
  }
}

/** A desk with a clock to turn, and all that it said over signalling. */
export function fakeDesk(maxRelays = 8) {
  const clock = { nowMs: 0 };
  const told: { page: RoomPage; message: FromRelayMessage }[] = [];
  const desk: RelayDesk = new RelayDesk({
    maxRelays,
    tell: (page, message) => void told.push({ page: page as RoomPage, message }),
    log: { info: () => {} },
    now: () => clock.nowMs,
  });
  const bodies = (page: RoomPage) =>
    told.filter((one) => one.page.peerId === page.peerId && one.page.instance === page.instance)
      .map(({ message }) => message.body);
  return {
    desk,
    clock,
    /** The last that a page was told. */
    lastBody: (page: RoomPage) => bodies(page).at(-1),
    bodies,
    /** Opens a wire with the newest ticket of a page. */
    wire(page: RoomPage): FakeWire {
      const body = bodies(page).findLast(({ kind }) => kind === "ticket");
      const wire = new FakeWire(desk);
      wire.end.receive(body?.kind === "ticket" ? body.ticket : "none");
      return wire;
    },
    /** Has a viewer ask for a phone. */
    open: (viewer: RoomPage, phone: RoomPage) =>
      desk.message(viewer, {
        type: "relay",
        body: { kind: "open", phone: phone.peerId, phoneInstance: phone.instance },
      }),
    close: (viewer: RoomPage, phone: RoomPage) =>
      desk.message(viewer, { type: "relay", body: { kind: "close", phone: phone.peerId } }),
  };
}

/** A page in a room. */
export function fakePage(role: Role, roomId: string = randomSecret()): RoomPage {
  const page = { roomId, peerId: randomSecret(), instance: randomSecret(), role };
  return page as RoomPage;
}

/** A frame of that id; its picture is not one, which is none of the relay's business. */
export function fakeFrame(frameId: number, bytes = 100): Uint8Array<ArrayBuffer> {
  const jpeg = new Uint8Array(bytes).fill(frameId & 255);
  return encodeRelayFrame({ frameId, widthPx: 640, heightPx: 480, captureTimeMs: 1e12, jpeg });
}
