import { framesAfter, type FromInferenceMessage } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { Timers } from "../base/timers.ts";
import type { FrameKey } from "../time/frame_key.ts";
import type { RelayedAnswer } from "./flow_messages.ts";
import { answerOf } from "./remote_result.ts";
import { ServerPulse } from "./server_pulse.ts";
import type { PresentResult } from "./worker_messages.ts";

/** What such a flow is made of, and whom it tells. */
export interface RelayedFlowOptions {
  /** Of the model. */
  readonly labels: readonly string[];
  readonly timers: Timers;
  readonly log: Log;
  /** Ms since the epoch; the clock of all times that leave this Worker. */
  epochMs(): number;
  /** Sends one text to the server; may drop it. */
  sendText(text: string): unknown;
  /** The server has said nothing to ping after ping. */
  onSilent(): void;
  /** The key of a frame that came, by the id that the server knows it by; `null`: it did not come. */
  keyOf(frameId: number): FrameKey | null;
  /** Shows a result; says whether there was somebody to show it. */
  present(result: PresentResult): boolean;
  onAnswer(answer: RelayedAnswer): void;
}

/**
 * Answers of the server on frames that it has itself: none is sent. It asks nothing of a page, which may
 * be busy: a result is shown first, and the page is told afterwards.
 */
export class RelayedFlow {
  readonly #options: RelayedFlowOptions;
  readonly #pulse: ServerPulse;
  readonly #classIds: ReadonlyMap<string, number>;
  #lastId: number | null = null;

  constructor(options: RelayedFlowOptions) {
    this.#options = options;
    this.#classIds = new Map(options.labels.map((label, classId) => [label, classId]));
    this.#pulse = new ServerPulse({ ...options, isHeld: () => false, onBeat: () => {} });
  }

  /** Whether the server answers. */
  setOpen(isOpen: boolean): void {
    if (isOpen) this.#pulse.start();
    else this.#pulse.stop();
  }

  /** Takes what the server said. */
  receive(text: string): void {
    this.#pulse.hear(text, (message) => this.#receive(message));
  }

  #receive(message: FromInferenceMessage): void {
    const { keyOf, present, onAnswer, epochMs } = this.#options;
    if (!("type" in message)) {
      const frameId = Number(message.frame_id);
      const { found, times } = answerOf(message, this.#classIds);
      const isLate = this.#lastId !== null && framesAfter(frameId, this.#lastId) <= 0;
      if (!isLate) this.#lastId = frameId;
      const key = isLate ? null : keyOf(frameId);
      const isPresented = key !== null && present({ key, ...found });
      const { clock } = this.#pulse;
      return onAnswer({
        ...{ kind: "found", frameId, found, times, isLate, isPresented, clock },
        readyAtMs: epochMs(),
      });
    }
    if (message.type === "clock-pong") return this.#pulse.pong(message.nonce, message.time_ms);
    onAnswer({ kind: "dropped", frameId: Number(message.frame_id), cause: message.cause });
  }
}
