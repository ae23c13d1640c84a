import {
  decodeRecord,
  type FromClientMessage,
  type FromServerMessage,
  LINK_TOPIC,
  MAX_RECORD_BYTES,
  type PeerInfo,
} from "@/protocol";
import type { Timers } from "../../base/timers.ts";
import type {
  OpenTransport,
  Transport,
  TransportEvents,
  TransportKind,
  TransportOptions,
} from "../transport.ts";
import { TransportMemory } from "../transport_choice.ts";

/** The page's own place in its room, and how the server greets it. */
export const SELF = { id: "P".repeat(22), role: "phone", instance: "I".repeat(22) } as PeerInfo;
export const JOINED: FromServerMessage = {
  type: "joined",
  version: 1,
  self: SELF,
  peers: [],
  iceServers: [],
};

/** A transport that keeps what it is given; the server's words are the test's. */
export class FakeTransport implements Transport {
  readonly kind: TransportKind;
  readonly events: TransportEvents;
  readonly first: FromClientMessage;
  readonly raw: Uint8Array[] = [];
  bufferedBytes = 0;
  hasSpoken = true;
  isClosed = false;

  constructor(kind: TransportKind, { events, first }: TransportOptions) {
    this.kind = kind;
    this.events = events;
    this.first = messageOf(first)!;
  }

  /** What was said about link and room, behind the first. */
  get sent(): FromClientMessage[] {
    return this.raw.map(messageOf).filter((message) => message !== null);
  }

  send(record: Uint8Array<ArrayBuffer>): void {
    this.raw.push(record);
  }

  close(): void {
    this.isClosed = true;
  }

  /** The server says something about link or room. */
  hear(message: FromServerMessage): void {
    this.events.onRecord({ topic: LINK_TOPIC, data: JSON.stringify(message) });
  }
}

/** Opens such, and keeps them in a list. */
function fakeTransports(opened: FakeTransport[]): OpenTransport {
  return (kind, options) => {
    const transport = new FakeTransport(kind, options);
    opened.push(transport);
    return transport;
  };
}

/** What links stand on: transports that are kept in this list, and a page of which nothing comes. */
export function linkParts(opened: FakeTransport[], timers: Timers) {
  return {
    origin: "https://example.test",
    openTransport: fakeTransports(opened),
    transports: new TransportMemory(),
    timers,
    watchPage: () => () => {},
    random: () => 0.5,
    log: () => {},
  };
}

function messageOf(record: Uint8Array): FromClientMessage | null {
  const { topic, data } = decodeRecord(record, MAX_RECORD_BYTES)!;
  return topic === LINK_TOPIC ? JSON.parse(String(data)) : null;
}
