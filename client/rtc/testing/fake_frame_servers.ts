import assert from "node:assert/strict";
import { settle } from "../../base/testing/fake_timers.ts";
import { openDataChannelTransport } from "../data_channel_transport.ts";
import type { FrameTransport, FrameTransportIo, ToStreamBody } from "../frame_transport.ts";
import { FakeConnection } from "./fake_connection.ts";

/** A server at the other end of a connection, in the test's hands. */
export interface FakeServer {
  readonly transport: FrameTransport;
  /** What came on the control link. */
  readonly said: ToStreamBody[];
  /** What was sent over it, without what opens it. */
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

type Io = Omit<FrameTransportIo, "say" | "log" | "takeTopic">;

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

/** A connection to the server with its two channels, which may be taken elsewhere. */
export function dataChannelServer(io: Io): FakeServer & { readonly channels: FakeChannel[] } {
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
  const transport = openDataChannelTransport(
    { iceServers: [], createConnection: () => connection as unknown as RTCPeerConnection },
    {
      ...io,
      log: () => {},
      say: (body) => said.push(body) > 0,
      takeTopic: () => assert.fail("it has none"),
    },
  );
  const [frames, results] = channels as [FakeChannel, FakeChannel];
  const sent: unknown[] = [];
  frames.send = results.send = (data) => void sent.push(data);
  return {
    transport,
    said,
    sent,
    channels,
    async accept() {
      await settle();
      transport.receive!({ kind: "answer", sdp: "v=0\r\n" });
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
