import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import ndc, { type DataChannel, type PeerConnection } from "node-datachannel";
import {
  type CameraName,
  type CameraState,
  CONTROL_CHANNEL,
  type FromPhoneTiming,
  parseFromPhone,
  parsePhoneTiming,
  TIMING_CHANNEL,
} from "@/protocol";
import type { CameraSession, CameraSignalBack } from "../ipc.ts";
import { until } from "../../testing/until.ts";
import type { TestCameras } from "./test_cameras.ts";

/** One frame as it came over RTP. */
export interface SeenFrame {
  readonly rtpTimestamp: number;
  /** Types of its NAL units, as RFC 6184 counts them: 5, a key frame; 7 and 8, its parameter sets. */
  readonly nalTypes: number[];
  bytes: number;
  /** Of its last packet, on the clock of `performance`. */
  seenAtMs: number;
}

/** `ndc.cleanup()` goes through all objects that ever were, collected ones too: none may be. */
const kept: unknown[] = [];

/** A viewer's end of a connection to a camera: takes packets apart, decodes nothing. */
export class TestWatcher implements AsyncDisposable {
  readonly session: CameraSession;
  readonly frames: SeenFrame[] = [];
  readonly states: CameraState[] = [];
  readonly timing: FromPhoneTiming[] = [];
  readonly #cameras: TestCameras;
  readonly #connection: PeerConnection;
  readonly #stop: () => void;
  readonly #timing: DataChannel;

  constructor(cameras: TestCameras, session: string) {
    this.#cameras = cameras;
    this.session = session as CameraSession;
    this.#connection = new ndc.PeerConnection("watcher", {
      iceServers: [],
      bindAddress: "127.0.0.1",
      disableAutoNegotiation: true,
    });
    kept.push(this);
    const control = this.#connection.createDataChannel(CONTROL_CHANNEL.label, {
      negotiated: true,
      id: CONTROL_CHANNEL.id,
    });
    this.#timing = this.#connection.createDataChannel(TIMING_CHANNEL.label, {
      negotiated: true,
      id: TIMING_CHANNEL.id,
      unordered: true,
      maxRetransmits: 0,
    });
    kept.push(control);
    control.onMessage((text) => void this.states.push(parseFromPhone(String(text))));
    this.#timing.onMessage((text) => void this.timing.push(parsePhoneTiming(String(text))));
    this.#connection.onTrack((track) => {
      kept.push(track);
      track.onMessage((packet) => this.#receive(packet));
    });
    this.#connection.onLocalDescription((sdp, type) => {
      if (type !== "answer") return;
      void cameras.send({ kind: "signal", session: this.session, signal: { kind: "answer", sdp } });
    });
    this.#connection.onLocalCandidate((line, sdpMid) => {
      const candidate = { candidate: line.replace(/^a=/, ""), sdpMid };
      const signal = { kind: "ice-candidate", candidate } as const;
      void cameras.send({ kind: "signal", session: this.session, signal });
    });
    this.#stop = cameras.listen((message) => {
      if (message.kind === "signal" && message.session === this.session) {
        this.#signal(message.signal);
      }
    });
  }

  /** Asks for the camera, and resolves when its first frames have come. */
  async watch(camera: string): Promise<void> {
    const { session } = this;
    const name = camera as CameraName;
    await this.#cameras.send({ kind: "open", session, camera: name, iceServers: [] });
    await this.more(2);
  }

  /** Resolves when so many more frames have come. */
  async more(count: number, limitMs = 15_000): Promise<void> {
    const wanted = this.frames.length + count;
    await until(() => this.frames.length >= wanted, `${count} frames`, limitMs);
  }

  /** The capture times that were told, by RTP timestamp. */
  get captureTimes(): Map<number, number> {
    return new Map(
      this.timing.flatMap((message) => message.type === "capture-times" ? message.pairs : []),
    );
  }

  /** Asks for the time, and resolves with the answer. */
  async ping(nonce: number): Promise<number> {
    const pong = () =>
      this.timing.find((message) => message.type === "clock-pong" && message.nonce === nonce);
    this.#timing.sendMessage(JSON.stringify({ type: "clock-ping", nonce }));
    await until(() => pong() !== undefined, "pong");
    const answer = pong();
    return answer?.type === "clock-pong" ? answer.time_ms : NaN;
  }

  /** Closes the connection and resolves when it is. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    if (this.#connection.state() === "closed") return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#connection.onStateChange((state) => state === "closed" && resolve());
    this.#connection.close();
    await promise;
  }

  #signal(signal: CameraSignalBack): void {
    if (signal.kind === "offer") {
      this.#connection.setRemoteDescription(signal.sdp, "offer");
      this.#connection.setLocalDescription("answer");
    } else if (signal.candidate !== null) {
      this.#connection.addRemoteCandidate(
        signal.candidate.candidate,
        signal.candidate.sdpMid ?? "0",
      );
    }
  }

  /** RFC 3550 section 5.1 and RFC 6184 section 5: single units, and FU-A fragments. */
  #receive(packet: Buffer | Uint8Array): void {
    const bytes = packet instanceof Uint8Array ? packet : new Uint8Array(packet);
    // RTCP comes the same way (RFC 5761 section 4).
    if (bytes.length < 13 || (bytes[1]! >= 192 && bytes[1]! <= 223)) return;
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const rtpTimestamp = view.getUint32(4);
    const payload = bytes.subarray(12 + (bytes[0]! & 15) * 4);
    const type = payload[0]! & 31;
    let frame = this.frames.at(-1);
    if (frame?.rtpTimestamp !== rtpTimestamp) {
      frame = { rtpTimestamp, nalTypes: [], bytes: 0, seenAtMs: 0 };
      this.frames.push(frame);
    }
    if (type !== 28) frame.nalTypes.push(type);
    else if ((payload[1]! & 0x80) !== 0) frame.nalTypes.push(payload[1]! & 31);
    frame.bytes += payload.length;
    frame.seenAtMs = performance.now();
  }
}

/** Every frame under a later timestamp than the one before it, and the time told of it later too. */
export function assertForward({ frames, captureTimes }: TestWatcher): void {
  let beforeMs = -Infinity;
  for (const [at, { rtpTimestamp }] of frames.entries()) {
    const before = frames[at - 1]?.rtpTimestamp;
    if (before !== undefined) {
      const ticks = (rtpTimestamp - before + 2 ** 32) % 2 ** 32;
      assert.ok(ticks > 0 && ticks < 90_000 * 60, `${before} → ${rtpTimestamp}`);
    }
    const timeMs = captureTimes.get(rtpTimestamp);
    if (timeMs === undefined) continue;
    assert.ok(timeMs > beforeMs);
    beforeMs = timeMs;
  }
}
