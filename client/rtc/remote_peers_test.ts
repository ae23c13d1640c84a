import assert from "node:assert/strict";
import type { LabelledDetection, PeerInfo } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { PATIENCE_MS } from "../time/capture_timeline.ts";
import { CONNECT_MS } from "./recovery.ts";
import type { PeerIo } from "./remote_peer.ts";
import { PhonePeer } from "./phone_peer.ts";
import { FakeConnection } from "./testing/fake_connection.ts";
import { ViewerPeer } from "./viewer_peer.ts";

class FakeChannel extends EventTarget {
  readyState = "connecting";
  bufferedAmount = 0;
  readonly sent: string[] = [];
  other: FakeChannel | null = null;

  send(text: string): void {
    this.sent.push(text);
    this.other?.dispatchEvent(new MessageEvent("message", { data: text }));
  }

  open(): void {
    this.readyState = "open";
    this.dispatchEvent(new Event("open"));
  }
}

/** One side: its newest channels by label. */
function side(timers: FakeTimers) {
  const channels = new Map<string, FakeChannel>();
  const io: PeerIo = {
    iceServers: () => [],
    timers,
    log: () => {},
    createConnection: () =>
      Object.assign(new FakeConnection(), {
        createDataChannel(label: string) {
          const channel = new FakeChannel();
          channels.set(label, channel);
          return channel;
        },
      }) as unknown as RTCPeerConnection,
    onNoWebRtc: () => assert.fail("there is WebRTC"),
    send: () => {},
    onChange: () => {},
  };
  return { io, channels };
}

function setup(role: "owner" | "viewer" = "owner") {
  const timers = new FakeTimers();
  const phoneSide = side(timers);
  const viewerSide = side(timers);
  const shown: (readonly LabelledDetection[])[] = [];
  const viewer = new ViewerPeer({ role, id: "viewer" } as unknown as PeerInfo, phoneSide.io, {
    onCommand: () => {},
    onDetections: (detections) => shown.push(detections),
  });
  const phone = new PhonePeer({ role: "phone", id: "phone" } as unknown as PeerInfo, viewerSide.io);
  let version = 0;
  /** A connection, the first or a fresh one, whose channels open. */
  const connect = async () => {
    viewer.setVideo({ track: {} as MediaStreamTrack, profile: "balanced" });
    await phone.receive({ type: "offer", sdp: `v=0\r\no=- ${++version} 1 IN IP4 0.0.0.0\r\n` });
    for (const [label, channel] of viewerSide.channels) {
      channel.other = phoneSide.channels.get(label)!;
      channel.other.other = channel;
      channel.other.open();
    }
    for (const channel of viewerSide.channels.values()) channel.open();
  };
  const wishes = () =>
    viewerSide.channels.get("control")!.sent.map((text) => JSON.parse(text))
      .filter(({ type }) => type === "capture-times-wanted").map(({ wanted }) => wanted);
  let frames = 0;
  /** Shows a second and a bit more of video than the patience lasts. */
  const show = (more: Partial<VideoFrameCallbackMetadata> = {}) => {
    for (const endMs = frames * 33 + PATIENCE_MS + 100; frames * 33 < endMs; frames++) {
      const nowMs = frames * 33;
      const metadata = {
        mediaTime: nowMs / 1000,
        presentationTime: nowMs,
        rtpTimestamp: nowMs * 90,
      };
      phone.noteShown({ ...metadata, ...more } as VideoFrameCallbackMetadata);
    }
  };
  const close = () => {
    viewer.close();
    phone.close();
    assert.equal(timers.pending, 0);
  };
  return { timers, phone, viewer, viewerSide, phoneSide, shown, connect, wishes, show, close };
}

const PERSON: LabelledDetection = { label: "person", score: 1, xmin: 0, ymin: 0, xmax: 1, ymax: 1 };

Deno.test("PhonePeer knows the phone's clock once it answers, and keeps it over a new connection", async () => {
  const { phone, connect, close } = setup();
  assert.equal(phone.clock, null);
  await connect();
  assert(Math.abs(phone.clock!.offsetMs) <= phone.clock!.errorMs);
  await connect();
  assert(phone.clock !== null);
  close();
});

Deno.test("PhonePeer.sendDetections() reaches the phone from its owner, and from nobody else", async () => {
  for (const role of ["owner", "viewer"] as const) {
    const { phone, viewerSide, shown, connect, close } = setup(role);
    assert.equal(phone.sendDetections([PERSON]), false, "not connected");
    await connect();
    assert.equal(phone.sendDetections([PERSON]), true);
    assert.equal(shown.length, role === "owner" ? 1 : 0);
    viewerSide.channels.get("timing")!.bufferedAmount = 1e6;
    assert.equal(phone.sendDetections([PERSON]), false, "late detections are worth nothing");
    close();
  }
});

Deno.test("PhonePeer asks for the phone's notes while the browser gives no capture time, and says so again", async () => {
  const { connect, wishes, show, close } = setup();
  await connect();
  show({ captureTime: 1 });
  assert.deepEqual(wishes(), []);
  show();
  assert.deepEqual(wishes(), [true]);
  await connect();
  assert.deepEqual(wishes(), [true], "on the new connection's channel");
  show({ captureTime: 1 });
  assert.deepEqual(wishes(), [true, false]);
  close();
});

Deno.test("PhonePeer.captureOf() uses the phone's notes as soon as they come", async () => {
  const { phone, phoneSide, connect, close } = setup();
  await connect();
  const key = { clock: "rtp", value: 4_000_000 } as const;
  assert.equal(phone.captureOf(key, 5).clock, "receiveTime");
  const pairs = [[4_000_000, phone.clock!.offsetMs + 1_000_000]];
  phoneSide.channels.get("timing")!.send(
    JSON.stringify({ type: "capture-times", pairs, encode_ms: 10 }),
  );
  const { timeMs, clock, errorMs } = phone.captureOf(key, 5);
  assert(Math.abs(timeMs - (1_000_000 - 10)) < 1);
  assert.equal(clock, "phone");
  assert(errorMs! >= 10);
  close();
});

Deno.test("without WebRTC, here or there, peers make no connection and say why", async () => {
  const { io } = side(new FakeTimers());
  const none = { ...io, createConnection: null };
  const info = { role: "phone", id: "phone" } as unknown as PeerInfo;
  const here = new PhonePeer(info, none);
  assert.deepEqual(here.connectionState, { kind: "impossible", where: "here" });
  await here.receive({ type: "offer", sdp: "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\n" } as never);
  const events = { onCommand: () => {}, onDetections: () => {} };
  const there = new ViewerPeer({ ...info, role: "owner", noWebRtc: true }, io, events);
  there.setVideo({ track: {} as MediaStreamTrack, profile: "low" });
  assert.deepEqual(there.connectionState, { kind: "impossible", where: "there" });
  assert.equal((await there.stats()).size, 0);
});

Deno.test("a phone whose connection never comes to an offer has no WebRTC", async () => {
  const timers = new FakeTimers();
  const { io } = side(timers);
  let without = 0;
  const peer = new ViewerPeer({ role: "owner", id: "owner" } as unknown as PeerInfo, {
    ...io,
    createConnection: () =>
      Object.assign(new FakeConnection(), {
        setLocalDescription: () => new Promise(() => {}),
      }) as never,
    onNoWebRtc: () => without++,
  }, { onCommand: () => {}, onDetections: () => {} });
  peer.setVideo({ track: {} as MediaStreamTrack, profile: "low" });
  await timers.advance(CONNECT_MS - 1);
  assert.equal(without, 0);
  await timers.advance(1);
  assert.deepEqual([without, peer.connectionState.kind], [1, "closed"]);
});
