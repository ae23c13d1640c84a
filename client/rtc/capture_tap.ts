import { assertNever } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { CapturePair } from "../time/capture_timeline.ts";
import { type EncodeTotals, encodeTotals, meanEncodeMs } from "./encode_time.ts";

/** What the sender Worker tells. After `failed` it passes nothing on any more. */
export type FromSenderWorker =
  | { readonly kind: "ready" }
  | { readonly kind: "pairs"; readonly pairs: CapturePair[] }
  | { readonly kind: "failed"; readonly message: string };

/** What a tap uses of its Worker. */
export type SenderWorker = Pick<Worker, "onmessage" | "onerror" | "terminate">;

/** A sender that frames can be watched on. */
export type TappedSender = Pick<RTCRtpSender, "getStats" | "transform">;

/** What a tap is given, and whom it tells. */
export interface CaptureTapOptions {
  readonly timers: Timers;
  readonly log: Log;
  startWorker(): SenderWorker;
  /** Makes the transform that leads frames through the Worker. */
  createTransform(worker: SenderWorker): RTCRtpScriptTransform;
  /** The Worker runs: {@linkcode CaptureTap.attach} holds no frame up. */
  onReady(): void;
  /** When frames left the encoder. `encodeMs`: what encoding took on average of late. */
  onPairs(pairs: readonly CapturePair[], encodeMs: number | null): void;
  /** It is over; a sender that was attached may send nothing more. */
  onFailed(): void;
}

/** The encoder's work is looked at this often. */
export const LOOK_MS = 1_000;

/** So many looks in a row with frames encoded and none seen: the Worker holds them up. */
const MAX_BLIND_LOOKS = 2;

/** Leads the frames of one sender through a Worker that notes their times. */
export class CaptureTap {
  readonly #options: CaptureTapOptions;
  #worker: SenderWorker | null = null;
  #sender: TappedSender | null = null;
  #timer: number | undefined;
  #totals: EncodeTotals | null = null;
  #encodeMs: number | null = null;
  #hasSeen = false;
  #blindLooks = 0;

  /** @throws {TypeError} If the Worker cannot be started. */
  constructor(options: CaptureTapOptions) {
    this.#options = options;
    const worker = options.startWorker();
    this.#worker = worker;
    worker.onmessage = ({ data }: MessageEvent<FromSenderWorker>) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault();
      this.#fail(event.message || "its Worker could not be started");
    };
  }

  /**
   * To be called in the same task in which the sender was made: Chromium decides in the next one,
   * for good, whether its frames go through a transform.
   */
  attach(sender: TappedSender): void {
    if (this.#worker === null) return;
    try {
      sender.transform = this.#options.createTransform(this.#worker);
    } catch (error) {
      return this.#fail(String(error));
    }
    this.#sender = sender;
    this.#nextLook();
  }

  /** Ends the Worker; a sender that goes through it must be done with. */
  close(): void {
    this.#options.timers.clearTimeout(this.#timer);
    if (this.#worker === null) return;
    this.#worker.onmessage = null;
    this.#worker.onerror = null;
    this.#worker.terminate();
    this.#worker = null;
  }

  #fail(message: string): void {
    if (this.#worker === null) return;
    const { log, onFailed } = this.#options;
    log(`sends no capture times: ${message}`);
    this.close();
    onFailed();
  }

  #receive(message: FromSenderWorker): void {
    const { onReady, onPairs } = this.#options;
    switch (message.kind) {
      case "ready":
        return onReady();
      case "pairs":
        this.#hasSeen = true;
        return onPairs(message.pairs, this.#encodeMs);
      case "failed":
        return this.#fail(message.message);
      default:
        return assertNever(message);
    }
  }

  #nextLook(): void {
    this.#timer = this.#options.timers.setTimeout(() => void this.#look(), LOOK_MS);
  }

  async #look(): Promise<void> {
    const totals = await this.#sender?.getStats().then(encodeTotals, () => null) ?? null;
    if (this.#worker === null) return;
    const before = this.#totals;
    this.#totals = totals;
    const hasEncoded = before !== null && totals !== null && totals.frames > before.frames;
    if (hasEncoded) this.#encodeMs = meanEncodeMs(before, totals);
    this.#blindLooks = hasEncoded && !this.#hasSeen ? this.#blindLooks + 1 : 0;
    this.#hasSeen = false;
    if (this.#blindLooks >= MAX_BLIND_LOOKS) return this.#fail("frames do not come through");
    this.#nextLook();
  }
}
