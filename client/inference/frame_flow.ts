import {
  encodeFrame,
  FRAME_DEADLINE_MS,
  type FrameDropCause,
  FramePace,
  type FromInferenceMessage,
  type ServedModel,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import { median } from "../base/quantiles.ts";
import type { Timers } from "../base/timers.ts";
import type { PortLike } from "../base/worker_handle.ts";
import { captureBy, type CaptureMark } from "../time/capture_time.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";
import { MAX_FIRST_FAILURES } from "./detector_error.ts";
import { type Effort, effortFor } from "./effort.ts";
import { DRAIN_MS, MAX_BUFFERED_BYTES } from "./flow_messages.ts";
import type { FrameIntake, InputFrame } from "./frame_input.ts";
import { FrameWindow } from "./frame_window.ts";
import type { EncodedPixels, JpegEncoder } from "./jpeg_encoder.ts";
import { NETWORK_TARGET_MS, startQuality, stepQuality } from "./jpeg_quality.ts";
import { remoteResult, type SentFrame } from "./remote_result.ts";
import { ServerPulse } from "./server_pulse.ts";
import type { FrameCounts, FrameResult, RemoteTimes } from "./worker_messages.ts";

/** What frames go over. */
export interface FlowTransport {
  readonly maxMessageBytes: number;
  /** Handed over and not sent yet. */
  readonly bufferedBytes: number;
  /** The page has a text to send that it has not come to yet: it is busy. */
  readonly isHeld: boolean;
  /** Says whether the message was handed over. */
  send(message: Uint8Array<ArrayBuffer> | string): boolean;
}

/** What a flow is made of, and whom it tells. */
export interface FrameFlowOptions {
  readonly model: ServedModel;
  readonly intake: Pick<FrameIntake, "take" | "counts">;
  readonly encoder: Pick<JpegEncoder, "encode">;
  readonly timers: Timers;
  readonly log: Log;
  /** Ms since the epoch; the clock of all times that leave this Worker. */
  epochMs(): number;
  /** @param port Where the frame was asked for; `null`: it was read here. */
  onResult(result: FrameResult, port: PortLike | null): void;
  /** A frame was given up without an answer when it was this old, ms. */
  onLoss(ageMs: number): void;
  /** The server's clock was asked for anew. */
  onPong(clock: ClockEstimate): void;
  /** The server has said nothing to ping after ping. */
  onSilent(): void;
  /** Frames cannot be made into JPEGs here. */
  onFailed(error: unknown): void;
}

interface FlowFrame extends SentFrame {
  readonly port: PortLike | null;
}

/** An answer after this long is worth nothing: its slot serves a newer frame. */
export const SLOT_TIMEOUT_MS = 2 * FRAME_DEADLINE_MS;

/**
 * Frames to the server and its answers: a frame is made into a JPEG only when there is room for it on
 * the way, and what comes back is matched by its id. It asks nothing of a page, which may be busy.
 */
export class FrameFlow {
  readonly #options: FrameFlowOptions;
  readonly #pulse: ServerPulse;
  readonly #classIds: ReadonlyMap<string, number>;
  readonly #window = new FrameWindow<FlowFrame>(SLOT_TIMEOUT_MS);
  readonly #pace = new FramePace();
  readonly #serverDrops: Partial<Record<FrameDropCause, number>> = {};
  #transport: FlowTransport | null = null;
  #effort: Effort = effortFor("full", "balanced");
  #quality = startQuality(this.#effort.quality);
  #mark: CaptureMark | null = null;
  /** Tells the server the frames of one feed from those of another. */
  #source = 0;
  #isEncoding = false;
  #encoded = 0;
  #failedFrames = 0;
  #processed = 0;
  #recent: (RemoteTimes & { readonly roundTripMs: number })[] = [];
  #pumpTimer: number | undefined;

  constructor(options: FrameFlowOptions) {
    this.#options = options;
    const { model, timers, log, epochMs, onSilent } = options;
    this.#classIds = new Map(model.labels.map((label, classId) => [label, classId]));
    this.#pulse = new ServerPulse({
      timers,
      log,
      epochMs,
      sendText: (text) => this.#transport?.send(text),
      onBeat: () => this.#onBeat(),
      isHeld: () => this.#transport?.isHeld ?? false,
      onSilent,
    });
  }

  /** Frames go over this from now on; what was on another one is gone. */
  setTransport(transport: FlowTransport | null): void {
    this.#transport = transport;
    this.#window.loseSent();
    this.#recent = [];
    if (transport === null) this.#pulse.stop();
    else this.#pulse.start();
    this.pump();
  }

  /** Applies from the next frame on. */
  setEffort(effort: Effort): void {
    this.#effort = effort;
    this.#pace.set(effort.minIntervalMs);
    this.#quality = stepQuality(this.#quality, null, effort.quality);
    this.pump();
  }

  /** When the camera took one of the last frames. */
  setMark(mark: CaptureMark): void {
    this.#mark = mark;
  }

  /** Frames are of another source from now on; results would be drawn over the wrong one. */
  leaveSource(): void {
    this.#source = (this.#source + 1) & 0xffff;
    this.#mark = null;
    this.#window.releaseAwaited();
    this.#window.loseSent();
    // No pump: what waits at the intake is still of that source.
  }

  /** Takes what the server said. */
  receive(text: string): void {
    this.#pulse.hear(text, (message) => this.#receive(message));
    this.pump();
  }

  /** Takes a frame if there is room on the way; to be called when that may have changed. */
  pump(): void {
    const { timers, epochMs, intake, onLoss } = this.#options;
    timers.clearTimeout(this.#pumpTimer);
    const nowMs = epochMs();
    for (const { receivedAtMs } of this.#window.expire(nowMs)) onLoss(nowMs - receivedAtMs);
    const transport = this.#transport;
    // What is in work comes back here.
    if (transport === null || this.#isEncoding) return;
    if (transport.bufferedBytes > MAX_BUFFERED_BYTES) return this.#pumpIn(DRAIN_MS);
    const { turnAtMs } = this.#pace;
    const hasRoom = this.#window.size < this.#effort.inFlight;
    const frame = turnAtMs === null || !hasRoom ? null : intake.take(turnAtMs);
    if (frame !== null) return this.#begin(frame, nowMs);
    const expiryMs = this.#window.nextExpiryMs();
    if (expiryMs !== null) this.#pumpIn(expiryMs - nowMs);
  }

  #begin(frame: InputFrame, nowMs: number): void {
    const frameId = this.#window.take(this.#effort.inFlight)!;
    if (nowMs - frame.receivedAtMs < FRAME_DEADLINE_MS) return void this.#work(frame, frameId);
    // Asked for before a pause or an outage, whose length says nothing of the way.
    frame.close();
    this.#window.unsent(frameId);
    this.pump();
  }

  #pumpIn(delayMs: number): void {
    this.#pumpTimer = this.#options.timers.setTimeout(() => this.pump(), delayMs);
  }

  /** The frame path on this side: grab → encode → send. */
  async #work(frame: InputFrame, frameId: number): Promise<void> {
    const { encoder, epochMs, model, onFailed } = this.#options;
    this.#isEncoding = true;
    this.#pace.taken(frame.receivedAtMs);
    const grabbedAtMs = epochMs();
    const { sizeLevel, boundPx } = this.#effort;
    const target = { input: model.input, sizeLevel, boundPx };
    const { quality } = this.#quality;
    try {
      const made = await encoder.encode(frame.pixels, { target, quality }, () => frame.close());
      this.#encoded += 1;
      this.#send(frame, made, { frameId, quality, grabbedAtMs });
    } catch (error) {
      this.#window.release(frameId);
      this.#failedFrames += 1;
      if (this.#encoded === 0 && this.#failedFrames >= MAX_FIRST_FAILURES) onFailed(error);
    } finally {
      frame.close();
    }
    this.#isEncoding = false;
    this.pump();
  }

  #send(
    { key, receivedAtMs, port }: InputFrame,
    { jpeg, ...made }: EncodedPixels,
    asked: Pick<SentFrame, "frameId" | "quality" | "grabbedAtMs">,
  ): void {
    const { frameId } = asked;
    // The source is another one meanwhile.
    if (!this.#window.isAwaited(frameId)) return;
    const { widthPx, heightPx } = made;
    const nowMs = this.#options.epochMs();
    const ageMs = Math.max(0, Math.round(nowMs - receivedAtMs));
    const { clock } = this.#pulse;
    const capture = captureBy(this.#mark, key, receivedAtMs);
    const captured = clock === null
      ? { captureTimeMs: null, captureClock: null }
      : { captureTimeMs: capture.timeMs + clock.offsetMs, captureClock: capture.clock };
    const outgoing = { frameId, widthPx, heightPx, ...captured, ageMs, jpeg, source: this.#source };
    const transport = this.#transport;
    const isSent = ageMs < FRAME_DEADLINE_MS && transport !== null &&
      encodeFrame(outgoing, transport.maxMessageBytes).every((chunk) => transport.send(chunk));
    if (isSent) {
      const sent = { jpegBytes: jpeg.length, sentAtMs: nowMs, key, receivedAtMs, port };
      this.#window.sent(frameId, { ...made, ...asked, ...sent }, nowMs);
    } else {
      this.#window.unsent(frameId);
      this.#options.onLoss(ageMs);
    }
  }

  #receive(message: FromInferenceMessage): void {
    const nowMs = this.#options.epochMs();
    if (!("type" in message)) {
      const sent = this.#window.settle(Number(message.frame_id));
      if (sent === null) return;
      this.#processed += 1;
      const { clock } = this.#pulse;
      const context = { sent, classIds: this.#classIds, counts: this.#counts(), clock, nowMs };
      const result = remoteResult(message, context);
      this.#recent.push(result.remote);
      const { port } = sent;
      return this.#options.onResult({ ...result, isPresented: port !== null }, port);
    }
    if (message.type === "clock-pong") {
      this.#pulse.pong(message.nonce, message.time_ms);
      const { clock } = this.#pulse;
      return clock === null ? undefined : this.#options.onPong(clock);
    }
    const sent = this.#window.giveUp(Number(message.frame_id));
    if (sent === null) return;
    this.#serverDrops[message.cause] = (this.#serverDrops[message.cause] ?? 0) + 1;
    this.#options.onLoss(nowMs - sent.receivedAtMs);
  }

  #counts(): FrameCounts {
    const { received, superseded } = this.#options.intake.counts;
    const error = this.#failedFrames;
    const dropped: Record<string, number> = { superseded, error, ...this.#window.dropped };
    for (const [cause, count] of Object.entries(this.#serverDrops)) {
      dropped[cause] = (dropped[cause] ?? 0) + count;
    }
    return { received, processed: this.#processed, dropped };
  }

  #onBeat(): void {
    const roundTripMs = median(this.#recent.map((times) => times.roundTripMs));
    const serverMs = median(this.#recent.map((times) => times.serverMs));
    this.#recent = [];
    const sample = roundTripMs === null || serverMs === null
      ? null
      : { roundTripMs, targetMs: serverMs + NETWORK_TARGET_MS };
    this.#quality = stepQuality(this.#quality, sample, this.#effort.quality);
    this.pump();
  }
}
