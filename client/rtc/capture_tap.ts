import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { CapturePair } from "../time/capture_timeline.ts";
import { type EncodeTotals, encodeTotals, meanEncodeMs } from "./encode_time.ts";

/** What the sender Worker tells. After `failed` it passes nothing on any more. */
export type FromSenderWorker =
  | { readonly kind: "pairs"; readonly pairs: CapturePair[] }
  | { readonly kind: "failed"; readonly message: string };

/** What a tap uses of its Worker. */
export type SenderWorker = Pick<Worker, "onmessage" | "onerror" | "terminate">;

/** A sender that frames can be watched on. */
export type TappedSender = Pick<RTCRtpSender, "getStats"> & { transform: unknown };

/** What a tap is given, and whom it tells. */
export interface CaptureTapOptions {
  readonly sender: TappedSender;
  readonly timers: Timers;
  readonly log: Log;
  startWorker(): SenderWorker;
  /** Makes the transform that leads frames through the Worker. */
  createTransform(worker: SenderWorker): unknown;
  /** When frames left the encoder. `encodeMs`: what encoding took on average of late. */
  onPairs(pairs: readonly CapturePair[], encodeMs: number | null): void;
}

/** The encoder's work is looked at this often. */
export const LOOK_MS = 1_000;

/** So many looks in a row with frames encoded and none seen: the Worker holds them up. */
const MAX_BLIND_LOOKS = 2;

/**
 * Leads the frames of one sender through a Worker that notes their times. Whatever goes wrong with
 * that, it lets go of the sender, and the video goes on without.
 */
export class CaptureTap {
  readonly #options: CaptureTapOptions;
  #worker: SenderWorker | null = null;
  #timer: number | undefined;
  #totals: EncodeTotals | null = null;
  #encodeMs: number | null = null;
  #hasSeen = false;
  #blindLooks = 0;

  constructor(options: CaptureTapOptions) {
    this.#options = options;
    const { sender, startWorker, createTransform } = options;
    try {
      const worker = startWorker();
      this.#worker = worker;
      worker.onmessage = ({ data }: MessageEvent<FromSenderWorker>) => this.#receive(data);
      worker.onerror = (event) => {
        event.preventDefault();
        this.#fail(event.message || "its Worker could not be started");
      };
      sender.transform = createTransform(worker);
      this.#nextLook();
    } catch (error) {
      this.#fail(String(error));
    }
  }

  /** Lets go of the sender. */
  close(): void {
    const { sender, timers, log } = this.#options;
    timers.clearTimeout(this.#timer);
    if (this.#worker === null) return;
    try {
      // Before the Worker ends: frames on their way through it would be the last.
      sender.transform = null;
    } catch (error) {
      log(`could not let go of the sender: ${error}`);
    }
    this.#worker.onmessage = null;
    this.#worker.terminate();
    this.#worker = null;
  }

  #fail(message: string): void {
    if (this.#worker === null) return;
    this.#options.log(`sends no capture times: ${message}`);
    this.close();
  }

  #receive(message: FromSenderWorker): void {
    if (message.kind === "failed") return this.#fail(message.message);
    this.#hasSeen = true;
    this.#options.onPairs(message.pairs, this.#encodeMs);
  }

  #nextLook(): void {
    this.#timer = this.#options.timers.setTimeout(() => void this.#look(), LOOK_MS);
  }

  async #look(): Promise<void> {
    const totals = await this.#options.sender.getStats().then(encodeTotals, () => null);
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
