import { Buffer } from "node:buffer";
import ndc, {
  type DataChannel,
  type PeerConnection,
  type RtpPacketizationConfig,
  type Track,
} from "node-datachannel";
import {
  type CameraState,
  CONTROL_CHANNEL,
  type FromPhoneMessage,
  type FromPhoneTiming,
  type FromViewerTiming,
  hasTurn,
  type IceServer,
  MAX_TIMING_CHARS,
  parseViewerTiming,
  TIMING_CHANNEL,
} from "@/protocol";
import { TokenBucket } from "../base/token_bucket.ts";
import { announced, isRelay, MAX_RELAY_CANDIDATES, plainAnswer } from "../rtc/candidates.ts";
import { rtcConfig, type RtcPlace } from "../rtc/rtc_config.ts";
import type { Watcher } from "./camera_view.ts";
import type { AccessUnit } from "./encoder.ts";
import type { CameraSignal, CameraSignalBack } from "./ipc.ts";

// The only importer of node-datachannel here, besides the entry.

/** A connection that has not come about, or lost its path, for so long is given up for a fresh one. */
export const CONNECT_MS = 20_000;
/** See {@linkcode CONNECT_MS}. */
export const LOST_MS = 5_000;

/** Constrained baseline, level 3.1: what every browser with H.264 decodes. */
const H264_PROFILE = "profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1";
const PAYLOAD_TYPE = 96;
const CLOCK_HZ = 90_000;

/** Packets that can be sent again: two seconds at the highest rate. */
const RESENDABLE_PACKETS = 1_024;

/** Text that a stuck viewer has not taken yet; beyond it no more is sent. */
const MAX_BUFFERED_BYTES = 64 * 1024;

/** Each frame's time is told with those of the frames before it: what gets lost comes once more. */
const TOLD_PAIRS = 6;

/** Pings of a viewer that are answered. */
export const PING_RATE = { perSecond: 20, burst: 60 };

/** What a connection needs, and whom it tells. */
export interface CameraConnectionOptions {
  readonly place: RtcPlace;
  /** Of the viewer's room. */
  readonly iceServers: readonly IceServer[];
  readonly now: () => number;
  /** How the camera is now, for a viewer that just came. */
  readonly state: () => CameraState;
  readonly onSignal: (signal: CameraSignalBack) => void;
  /** The connection is lost for good. */
  readonly onLost: () => void;
}

/** Our end of one viewer's connection: offers a video and two channels, as a phone does. */
export class CameraConnection implements Watcher {
  readonly #options: CameraConnectionOptions;
  readonly #connection: PeerConnection;
  readonly #track: Track;
  readonly #rtp: RtpPacketizationConfig;
  readonly #control: DataChannel;
  readonly #timing: DataChannel;
  readonly #pings = new TokenBucket(PING_RATE);
  /** How many more relays may be tried; without a TURN server of our own there are none to expect. */
  #relaysLeft: number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isClosed = false;
  /** Units before the first key frame cannot be decoded, nor those behind one that was not sent. */
  #needsKey = true;
  /** Our candidates before the viewer's answer, see {@linkcode answer}; `null` from then on. */
  #heldBack: CameraSignalBack[] | null = [];
  #pairs: [number, number][] = [];

  /** @throws {Error} If no port is left, see `refusalOf()`. */
  constructor(options: CameraConnectionOptions) {
    this.#options = options;
    this.#relaysLeft = hasTurn(options.iceServers) ? MAX_RELAY_CANDIDATES : 0;
    this.#connection = new ndc.PeerConnection(
      "peerlens",
      rtcConfig(options.place, options.iceServers),
    );
    // Before anything is described: what is said earlier is said to nobody.
    this.#listen();
    const ssrc = crypto.getRandomValues(new Uint32Array(1))[0]!;
    const video = new ndc.Video("video", "SendOnly");
    video.addH264Codec(PAYLOAD_TYPE, H264_PROFILE);
    video.addSSRC(ssrc, "camera", "camera", "camera");
    this.#track = this.#connection.addTrack(video);
    this.#rtp = new ndc.RtpPacketizationConfig(ssrc, "camera", PAYLOAD_TYPE, CLOCK_HZ);
    const packetizer = new ndc.H264RtpPacketizer("Length", this.#rtp);
    packetizer.addToChain(new ndc.RtcpSrReporter(this.#rtp));
    // Without it a lost packet freezes the picture until the next key frame.
    packetizer.addToChain(new ndc.RtcpNackResponder(RESENDABLE_PACKETS));
    this.#track.setMediaHandler(packetizer);
    // The first channel has the library make its offer, of the track too, and open the port. To ask for the
    // offer by itself ends the process where no port is left.
    try {
      this.#control = this.#connection.createDataChannel(CONTROL_CHANNEL.label, {
        negotiated: true,
        id: CONTROL_CHANNEL.id,
      });
    } catch (error) {
      this.#connection.close();
      throw error;
    }
    this.#timing = this.#connection.createDataChannel(TIMING_CHANNEL.label, {
      negotiated: true,
      id: TIMING_CHANNEL.id,
      unordered: true,
      maxRetransmits: 0,
    });
    this.#control.onOpen(() => this.sendState(options.state()));
    this.#timing.onMessage((text) => this.#receiveTiming(text));
    // No command of a viewer's makes sense here: the source is the operator's, and others watch it.
    this.#control.onMessage(() => {});
    this.#giveUpIn(CONNECT_MS);
  }

  /**
   * Takes the viewer's answer. Only then is the viewer told of our addresses: where it speaks to them
   * sooner than its answer gets here, the library starts DTLS without knowing the certificate to expect,
   * and the connection fails.
   * @throws {Error} If it is none that fits.
   */
  answer({ sdp }: Extract<CameraSignal, { kind: "answer" }>): void {
    this.#connection.setRemoteDescription(plainAnswer(sdp), "answer");
    const heldBack = this.#heldBack ?? [];
    this.#heldBack = null;
    for (const signal of heldBack) this.#tell(signal);
  }

  /**
   * Takes a candidate of the viewer's, if it is a relay's, see `isRelay()`.
   * @returns Whether it was taken. @throws {Error} If it is malformed.
   */
  addCandidate({ candidate }: Extract<CameraSignal, { kind: "ice-candidate" }>): boolean {
    if (candidate === null) return true;
    if (this.#relaysLeft === 0 || !isRelay(candidate.candidate)) return false;
    this.#relaysLeft -= 1;
    this.#connection.addRemoteCandidate(candidate.candidate, candidate.sdpMid ?? "0");
    return true;
  }

  /** See {@linkcode Watcher}. The frame goes under its own timestamp, and its capture time with it. */
  send({ nals, isKey, rtpTimestamp, captureTimeMs }: AccessUnit): ReturnType<Watcher["send"]> {
    if (this.#isClosed || !this.#track.isOpen() || (this.#needsKey && !isKey)) return "not-yet";
    this.#rtp.timestamp = rtpTimestamp;
    let isSent = false;
    try {
      isSent = this.#track.sendMessageBinary(
        Buffer.from(nals.buffer, nals.byteOffset, nals.byteLength),
      );
    } catch {
      // It closed between the question and the sending.
    }
    this.#needsKey = !isSent;
    if (!isSent) return "behind";
    this.#pairs = [...this.#pairs, [rtpTimestamp, captureTimeMs] as [number, number]]
      .slice(-TOLD_PAIRS);
    // Nothing of the time before the encoder is left out, so there is nothing to add.
    this.#say(this.#timing, { type: "capture-times", pairs: this.#pairs, encode_ms: 0 });
    return "sent";
  }

  /** Tells the viewer how the camera is. */
  sendState(state: CameraState): void {
    this.#say(this.#control, state);
  }

  /** Lets the connection go. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#connection.close();
  }

  #listen(): void {
    this.#connection.onLocalDescription((sdp, type) => {
      if (type === "offer") this.#tell({ kind: "offer", sdp });
    });
    this.#connection.onLocalCandidate((candidate, sdpMid) => {
      for (const line of announced(candidate, this.#options.place.publicHost)) {
        this.#tell({ kind: "ice-candidate", candidate: { candidate: line, sdpMid } });
      }
    });
    this.#connection.onGatheringStateChange((state) => {
      if (state === "complete") this.#tell({ kind: "ice-candidate", candidate: null });
    });
    this.#connection.onStateChange((state) => {
      if (state === "failed" || state === "closed") this.#lose();
      else if (state === "connected") clearTimeout(this.#timer);
      else if (state === "disconnected") this.#giveUpIn(LOST_MS);
    });
  }

  #giveUpIn(delayMs: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed) this.#timer = setTimeout(() => this.#lose(), delayMs);
  }

  #lose(): void {
    if (this.#isClosed) return;
    this.close();
    this.#options.onLost();
  }

  #tell(signal: CameraSignalBack): void {
    if (this.#isClosed) return;
    if (signal.kind === "ice-candidate" && this.#heldBack !== null) this.#heldBack.push(signal);
    else this.#options.onSignal(signal);
  }

  #say(channel: DataChannel, message: FromPhoneMessage | FromPhoneTiming): void {
    if (this.#isClosed || !channel.isOpen()) return;
    try {
      if (channel.bufferedAmount() <= MAX_BUFFERED_BYTES) {
        channel.sendMessage(JSON.stringify(message));
      }
    } catch {
      // It closed between the question and the sending.
    }
  }

  #receiveTiming(text: unknown): void {
    if (typeof text !== "string" || text.length > MAX_TIMING_CHARS) return;
    if (!this.#pings.take(performance.now())) return;
    let message: FromViewerTiming;
    try {
      message = parseViewerTiming(text);
    } catch {
      return;
    }
    if (message.type !== "clock-ping") return;
    const { nonce } = message;
    this.#say(this.#timing, { type: "clock-pong", nonce, time_ms: this.#options.now() });
  }
}
