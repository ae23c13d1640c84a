/**
 * A phone and a viewer made of the app's own links, without the app's screens: the phone draws its
 * clock, the viewer reads it and asks the link when the frame was taken.
 */
import type { PeerInfo } from "@/protocol";
import "../../client/base/web_platform.ts";
import { pageTimers } from "../../client/base/timers.ts";
import type { NegotiationMessage } from "../../client/rtc/negotiation.ts";
import type { LinkIo } from "../../client/rtc/peer_link.ts";
import { PhoneLink } from "../../client/rtc/phone_link.ts";
import { ViewerLink } from "../../client/rtc/viewer_link.ts";
import { BLOCK_PX, clockBits, drawnMs, HEIGHT_PX, WIDTH_PX } from "./drawn_clock.ts";
import type { ClockSample, Ping, Readings } from "./readings.ts";

/** What the bench puts into the page before this script. */
interface BenchScope {
  /** The browser's own clock, where the page's was changed. */
  rawEpochMs(): number;
  toPeer(message: NegotiationMessage): void;
  bench: typeof bench;
}

const scope = globalThis as unknown as BenchScope;

/** A channel beside the app's own, for what the app is measured by. */
const REFERENCE = { negotiated: true, id: 7, ordered: false, maxRetransmits: 0 } as const;
const PING_MS = 40;

/** Reading pixels takes time that the next frames would lose. */
const READ_EVERY = 3;

let link: PhoneLink | ViewerLink | null = null;
const readings: {
  samples: Omit<ClockSample, "receiveTimeMs">[];
  pings: Ping[];
  log: string[];
} = { samples: [], pings: [], log: [] };
const receiveTimesMs = new Map<number, number>();

function ioOf(onReference: (channel: RTCDataChannel) => void, onChange: () => void): LinkIo {
  return {
    iceServers: () => [],
    timers: pageTimers,
    log: (line) => readings.log.push(line),
    createConnection(configuration) {
      const connection = new RTCPeerConnection(configuration);
      onReference(connection.createDataChannel("reference", REFERENCE));
      return connection;
    },
    send: (message) => scope.toPeer(message),
    onChange,
  };
}

function peer(role: "owner" | "phone"): PeerInfo {
  return { id: role, instance: "1", role } as unknown as PeerInfo;
}

function startPhone(): void {
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH_PX;
  canvas.height = HEIGHT_PX;
  const context = canvas.getContext("2d")!;
  const draw = () => {
    requestAnimationFrame(draw);
    context.fillStyle = "#777";
    context.fillRect(0, 0, WIDTH_PX, HEIGHT_PX);
    for (const [index, bit] of clockBits(scope.rawEpochMs()).entries()) {
      context.fillStyle = bit ? "#fff" : "#000";
      context.fillRect(index * BLOCK_PX, 0, BLOCK_PX, BLOCK_PX);
    }
  };
  draw();
  const viewer = new ViewerLink(
    peer("owner"),
    ioOf((channel) => {
      channel.onmessage = ({ data }) => channel.send(`${data},${scope.rawEpochMs()}`);
    }, () => {}),
    { onCommand() {}, onDetections() {} },
  );
  link = viewer;
  viewer.setVideo({ track: canvas.captureStream(30).getVideoTracks()[0]!, profile: "balanced" });
}

/** @param hidesCaptureTime Plays a browser that gives none. */
function startViewer(hidesCaptureTime: boolean): void {
  const video = document.createElement("video");
  video.muted = true;
  document.body.append(video);
  let track: MediaStreamTrack | null = null;
  const phone = new PhoneLink(
    peer("phone"),
    ioOf(measureReference, () => {
      if (phone.track === null || phone.track === track) return;
      track = phone.track;
      video.srcObject = new MediaStream([track]);
      void video.play();
      void readFrames(phone, track);
    }),
  );
  link = phone;
  const onShown = (_nowMs: number, given: VideoFrameCallbackMetadata) => {
    video.requestVideoFrameCallback(onShown);
    const { captureTime, ...rest } = given;
    const metadata = hidesCaptureTime || captureTime === undefined ? rest : given;
    const { rtpTimestamp, receiveTime } = metadata;
    if (rtpTimestamp !== undefined && receiveTime !== undefined) {
      receiveTimesMs.set(rtpTimestamp, performance.timeOrigin + receiveTime);
    }
    phone.noteShown(metadata);
  };
  video.requestVideoFrameCallback(onShown);
}

/** Frames as they come from the network, before they are shown: as on their way to the server. */
async function readFrames(phone: PhoneLink, track: MediaStreamTrack): Promise<void> {
  const reader = new MediaStreamTrackProcessor({ track }).readable.getReader();
  for (let count = 0;; count++) {
    const { value: frame } = await reader.read();
    if (frame === undefined) return;
    const rtpTimestamp = frame.metadata?.().rtpTimestamp;
    if (count % READ_EVERY === 0 && rtpTimestamp !== undefined) {
      const atMs = scope.rawEpochMs();
      readings.samples.push({
        atMs,
        rtpTimestamp,
        capture: phone.captureOf({ clock: "rtp", value: rtpTimestamp }, atMs),
        clock: phone.clock,
        drawnMs: await readClock(frame),
      });
    }
    frame.close();
  }
}

async function readClock(frame: VideoFrame): Promise<number> {
  const rect = { x: 0, y: BLOCK_PX / 2, width: WIDTH_PX, height: 2 };
  const bytes = new Uint8Array(frame.allocationSize({ rect }));
  // Brightness is the first plane in each format that decoders give.
  const [luma] = await frame.copyTo(bytes, { rect });
  return drawnMs((x) => bytes[luma!.offset + x]!);
}

function measureReference(channel: RTCDataChannel): void {
  channel.onopen = () => setInterval(() => channel.send(String(scope.rawEpochMs())), PING_MS);
  channel.onmessage = ({ data }) => {
    const nowMs = scope.rawEpochMs();
    const [sentMs, phoneMs] = String(data).split(",").map(Number) as [number, number];
    readings.pings.push({
      atMs: nowMs,
      roundTripMs: nowMs - sentMs,
      offsetMs: phoneMs - (sentMs + nowMs) / 2,
    });
  };
}

const bench = {
  startPhone,
  startViewer,
  receive: (message: NegotiationMessage) => link?.receive(message),
  readings: (): Readings => ({
    ...readings,
    samples: readings.samples.map((sample) => ({
      ...sample,
      receiveTimeMs: receiveTimesMs.get(sample.rtpTimestamp) ?? null,
    })),
  }),
};
scope.bench = bench;
