import { CAMERA_PROFILES, encodeRelayFrame, MAX_RELAY_SIDE_PX, type Profile } from "@/protocol";
import type { Timers } from "../base/timers.ts";
import type { WorkerHandle } from "../base/worker_handle.ts";
import type { EncodedFrame } from "../inference/encoder_messages.ts";
import { FrameEncoder } from "../inference/frame_encoder.ts";
import type { FrameFeed } from "../inference/detector.ts";
import { startQuality, stepQuality } from "../inference/jpeg_quality.ts";
import type { JpegTarget } from "../inference/jpeg_size.ts";
import { median } from "../base/quantiles.ts";
import { SendWindow } from "./send_window.ts";

/** What a sender is given, and whom it tells. */
export interface FrameSenderOptions {
  readonly timers: Timers;
  readonly topic: {
    readonly bufferedBytes: number;
    send(message: Uint8Array<ArrayBuffer>): boolean;
  };
  /** Makes an encode Worker that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  /** No JPEG can be made here. A sentence. */
  onFailed(message: string): void;
}

/** A camera's frames, and what they are to be made into. */
export interface SenderSource {
  readonly feed: FrameFeed;
  readonly profile: Profile;
}

/** Ten frames a second are enough to see by, and the server passes on no more than fifteen. */
const MIN_INTERVAL_MS = 100;

/** With more than this not sent yet, another frame would only queue. */
const MAX_BUFFERED_BYTES = 16 * 1024;

/** How soon a full window, or a slow link, is looked at again when no ack comes. */
const LOOK_MS = 50;

/** Of a tunnel: what quality can change of it is steered to this. */
const TARGET_MS = 300;

/** JPEG at these is 15 to 50 kB in the default profile. */
const QUALITY = { min: 0.35, max: 0.75 } as const;

/** Quality is steered once in this time. */
const STEER_MS = 1_000;

/** Makes JPEGs of a camera's newest frames, when there is room for one on the way. */
export class FrameSender {
  readonly #options: FrameSenderOptions;
  readonly #window = new SendWindow();
  #encoder: FrameEncoder | null = null;
  #source: SenderSource | null = null;
  #isActive = false;
  #isAwaiting = false;
  #askId = 0;
  #nextAtMs = 0;
  #timer: number | undefined;
  #quality = startQuality(QUALITY);
  #roundTripsMs: number[] = [];
  #steeredAtMs = 0;

  constructor(options: FrameSenderOptions) {
    this.#options = options;
  }

  /** Takes frames from there; `null`: there are none to send now. */
  setSource(source: SenderSource | null): void {
    this.#source = source;
    this.#attach();
  }

  /** Whether somebody wants frames, and there is a link for them. */
  setActive(isActive: boolean): void {
    if (isActive === this.#isActive) return;
    this.#isActive = isActive;
    this.#window.clear();
    if (isActive) this.#encoder ??= this.#makeEncoder();
    this.#attach();
  }

  /** These frames have been dealt with. */
  acked(frameId: number): void {
    const roundTripMs = this.#window.acked(frameId, this.#options.timers.nowMs());
    if (roundTripMs !== null) this.#roundTripsMs.push(roundTripMs);
    this.#pump();
  }

  /** Lets go of the Worker, until frames are wanted again. */
  close(): void {
    this.#isActive = false;
    this.#options.timers.clearTimeout(this.#timer);
    this.#encoder?.close();
    this.#encoder = null;
  }

  #makeEncoder(): FrameEncoder {
    return new FrameEncoder({
      target: targetOf(this.#source?.profile ?? "balanced"),
      startWorker: this.#options.startWorker,
      onReady: (isReady) => {
        this.#isAwaiting = false;
        if (isReady) this.#pump();
      },
      onFrame: (frame) => this.#send(frame),
      onSkipped: (askId) => {
        if (askId === this.#askId) this.#isAwaiting = false;
        this.#pump();
      },
      onFailed: ({ message }) => this.#options.onFailed(message),
    });
  }

  #attach(): void {
    // What was asked of another source may still come; it is not to be sent.
    this.#isAwaiting = false;
    this.#askId += 1;
    this.#encoder?.setFeed(this.#isActive ? this.#source?.feed ?? null : null);
    this.#pump();
  }

  /** Asks for a frame if one may go; else comes back when it may. */
  #pump(): void {
    const { timers, topic } = this.#options;
    timers.clearTimeout(this.#timer);
    const source = this.#source;
    if (!this.#isActive || source === null || this.#isAwaiting) return;
    if (this.#encoder === null || !this.#encoder.canEncode) return;
    const nowMs = timers.nowMs();
    const isFree = this.#window.hasRoom(nowMs) && topic.bufferedBytes <= MAX_BUFFERED_BYTES;
    const waitMs = Math.max(isFree ? 0 : LOOK_MS, this.#nextAtMs - nowMs);
    if (waitMs > 0) {
      this.#timer = timers.setTimeout(() => this.#pump(), waitMs);
      return;
    }
    this.#steer(nowMs);
    this.#isAwaiting = true;
    this.#nextAtMs = nowMs + MIN_INTERVAL_MS;
    this.#askId += 1;
    const target = targetOf(source.profile);
    const { quality } = this.#quality;
    this.#encoder.ask({ frameId: this.#askId, sinceMs: 0, target, quality });
  }

  #send({ frameId: askId, jpeg, widthPx, heightPx, receivedAtMs }: EncodedFrame): void {
    // Made for a source, or a link, of before.
    if (askId !== this.#askId || !this.#isActive) return;
    this.#isAwaiting = false;
    const frameId = this.#window.sent(this.#options.timers.nowMs());
    const frame = { frameId, widthPx, heightPx, captureTimeMs: receivedAtMs, jpeg };
    this.#options.topic.send(encodeRelayFrame(frame));
    this.#pump();
  }

  #steer(nowMs: number): void {
    if (nowMs - this.#steeredAtMs < STEER_MS) return;
    this.#steeredAtMs = nowMs;
    const roundTripMs = median(this.#roundTripsMs);
    this.#roundTripsMs = [];
    const sample = roundTripMs === null ? null : { roundTripMs, targetMs: TARGET_MS };
    this.#quality = stepQuality(this.#quality, sample, QUALITY);
  }
}

/** The profile's size, and no more than the server passes on; upright pictures stay upright. */
export function targetOf(profile: Profile): JpegTarget {
  const { widthPx, heightPx } = CAMERA_PROFILES[profile];
  const sidePx = Math.min(MAX_RELAY_SIDE_PX, Math.max(widthPx, heightPx));
  return {
    input: { widthPx: sidePx, heightPx: sidePx, placement: "center" },
    sizeLevel: 0,
    boundPx: null,
  };
}
