import { settle } from "../../base/testing/fake_timers.ts";
import { openDataChannelCarrier } from "../data_channel_carrier.ts";
import type { FrameCarrier, FrameCarrierIo, ToStreamBody } from "../frame_carrier.ts";
import { openSocketCarrier } from "../socket_carrier.ts";
import { FakeConnection } from "./fake_connection.ts";

/** A server at the other end of one carrier, in the test's hands. */
export interface FakePeer {
  readonly carrier: FrameCarrier;
  /** What came over signalling. */
  readonly said: ToStreamBody[];
  /** What was sent on the carrier, without what opens it. */
  readonly sent: unknown[];
  /** Lets it open. */
  accept(): Promise<void>;
  deliver(data: unknown): void;
  /** Ends it as a lost network would. */
  fail(): void;
  /** Makes this many bytes wait. */
  block(bytes: number): void;
  /** Whether this side has let everything go. */
  isReleased(): boolean;
}

type Io = Omit<FrameCarrierIo, "say" | "log">;

class FakeChannel extends EventTarget {
  readyState = "connecting";
  bufferedAmount = 0;
  binaryType = "";
  readonly sent: unknown[] = [];
  readonly options: RTCDataChannelInit;

  constructor(options: RTCDataChannelInit) {
    super();
    this.options = options;
  }

  send(data: unknown): void {
    this.sent.push(data);
  }

  become(state: string, event: string): void {
    this.readyState = state;
    this.dispatchEvent(new Event(event));
  }
}

/** A connection to the server with its two channels. */
export function dataChannelPeer(io: Io): FakePeer & { readonly channels: FakeChannel[] } {
  const channels: FakeChannel[] = [];
  const said: ToStreamBody[] = [];
  const connection = Object.assign(new FakeConnection(), {
    sctp: { maxMessageSize: 1_000_000 },
    createDataChannel(_label: string, options: RTCDataChannelInit) {
      const channel = new FakeChannel(options);
      channels.push(channel);
      connection.negotiate();
      return channel;
    },
  });
  const carrier = openDataChannelCarrier(
    { iceServers: [], createConnection: () => connection as unknown as RTCPeerConnection },
    { ...io, log: () => {}, say: (body) => said.push(body) > 0 },
  );
  const [frames, results] = channels as [FakeChannel, FakeChannel];
  const sent: unknown[] = [];
  frames.send = results.send = (data) => void sent.push(data);
  return {
    carrier,
    said,
    sent,
    channels,
    async accept() {
      await settle();
      carrier.receive({ kind: "answer", sdp: "v=0\r\n" });
      await settle();
      frames.become("open", "open");
      results.become("open", "open");
    },
    deliver: (data) => results.dispatchEvent(new MessageEvent("message", { data })),
    fail: () => connection.setState("failed"),
    block: (bytes) => frames.bufferedAmount = bytes,
    isReleased: () => connection.isClosed,
  };
}

/** The WebSocket of `/api/frames`. */
export function socketPeer(
  io: Io,
): FakePeer & { readonly urls: string[]; ticket(): string | null } {
  const said: ToStreamBody[] = [];
  const urls: string[] = [];
  const sent: unknown[] = [];
  let ticket: string | null = null;
  let isReleased = false;
  const socket = Object.assign(new EventTarget(), {
    readyState: 0,
    bufferedAmount: 0,
    binaryType: "",
    send(data: unknown) {
      if (ticket === null) ticket = String(data);
      else sent.push(data);
    },
    close: () => isReleased = true,
  });
  const carrier = openSocketCarrier({
    origin: "https://example.test",
    createSocket(url) {
      urls.push(url.href);
      return socket as unknown as WebSocket;
    },
  }, { ...io, log: () => {}, say: (body) => said.push(body) > 0 });
  return {
    carrier,
    said,
    sent,
    urls,
    ticket: () => ticket,
    accept() {
      carrier.receive({ kind: "ticket", ticket: "t" as never });
      socket.readyState = 1;
      socket.dispatchEvent(new Event("open"));
      sent.length = 0;
      socket.dispatchEvent(new MessageEvent("message", { data: "pong" }));
      return Promise.resolve();
    },
    deliver: (data) => socket.dispatchEvent(new MessageEvent("message", { data })),
    fail: () => socket.dispatchEvent(new Event("close")),
    block: (bytes) => socket.bufferedAmount = bytes,
    isReleased: () => isReleased,
  };
}
