import { assertNever } from "@/protocol";
import { listen, send, type WorkerHandle } from "../base/worker_handle.ts";
import type { DetectorState, FrameFeed } from "./detector.ts";
import type { EncodedFrame, EncoderCounts, FromEncoder, ToEncoder } from "./encoder_messages.ts";
import type { JpegTarget } from "./jpeg_size.ts";

/** What an encoder is made of, and whom it tells. */
export interface FrameEncoderOptions {
  /** What the first frames will be made for. */
  readonly target: JpegTarget;
  /** Makes an encode Worker that has not been sent anything yet. */
  startWorker(): WorkerHandle;
  /** It may be asked for frames, or may not for now. */
  onReady(isReady: boolean): void;
  onFrame(frame: EncodedFrame): void;
  /** A frame that was asked for could not be made. */
  onSkipped(frameId: number): void;
  onFailed(state: Extract<DetectorState, { kind: "failed" }>): void;
}

/** Owns the Worker that makes JPEG of frames; one that dies is replaced once. */
export class FrameEncoder {
  readonly #options: FrameEncoderOptions;
  #worker: WorkerHandle | null = null;
  #feed: FrameFeed | null = null;
  #counts: EncoderCounts = { received: 0, superseded: 0, error: 0 };
  #warmEncodeMs: number | null = null;
  #hasRestarted = false;

  constructor(options: FrameEncoderOptions) {
    this.#options = options;
    this.#start();
  }

  /** Median time of scaling and JPEG, measured at the start; `null`: not ready. */
  get warmEncodeMs(): number | null {
    return this.#warmEncodeMs;
  }

  /** Frames of the present Worker. */
  get counts(): EncoderCounts {
    return this.#counts;
  }

  /** Ready, and with frames to be had. */
  get canEncode(): boolean {
    return this.#warmEncodeMs !== null && this.#feed !== null;
  }

  /** Takes frames from `feed`, `null` for none; frames asked for before will not come. */
  setFeed(feed: FrameFeed | null): void {
    this.#feed?.detach();
    this.#send({ kind: "stop" });
    this.#feed = feed;
    this.#attach();
  }

  /** There is room for one frame: the newest, or the next to come. */
  ask(request: Omit<Extract<ToEncoder, { kind: "encode" }>, "kind">): void {
    this.#send({ kind: "encode", ...request });
  }

  /** The end. */
  close(): void {
    this.#feed?.detach();
    this.#feed = null;
    this.#worker?.terminate();
    this.#worker = null;
    this.#warmEncodeMs = null;
  }

  #start(): void {
    const { startWorker, target } = this.#options;
    this.#worker = startWorker();
    listen<FromEncoder>(this.#worker, {
      onMessage: (message) => this.#onMessage(message),
      onDeath: (message) => this.#onDeath(message),
    });
    this.#send({ kind: "load", target });
  }

  #send(message: ToEncoder): void {
    if (this.#worker !== null) send<ToEncoder>(this.#worker, message);
  }

  #attach(): void {
    const worker = this.#worker;
    if (worker === null || !this.canEncode) return;
    this.#feed?.attach((message, transfer) => send<ToEncoder>(worker, message, transfer));
  }

  #onDeath(message: string): void {
    this.#feed?.detach();
    this.#worker?.terminate();
    this.#worker = null;
    this.#warmEncodeMs = null;
    const { onReady, onFailed } = this.#options;
    if (this.#hasRestarted) return onFailed({ kind: "failed", code: "crashed", message });
    this.#hasRestarted = true;
    onReady(false);
    this.#start();
  }

  #onMessage(message: FromEncoder): void {
    const { onReady, onFrame, onSkipped, onFailed } = this.#options;
    switch (message.kind) {
      case "ready":
        this.#warmEncodeMs = message.warmEncodeMs;
        this.#attach();
        return onReady(true);
      case "accepted":
        return this.#feed?.onAccepted();
      case "unreadable":
        return this.#feed?.onUnreadable();
      case "encoded":
        this.#counts = message.counts;
        return onFrame(message.frame);
      case "skipped":
        this.#counts = message.counts;
        return onSkipped(message.frameId);
      case "failed":
        return onFailed(message);
      default:
        return assertNever(message);
    }
  }
}
