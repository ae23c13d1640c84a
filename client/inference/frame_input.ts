import type { PortLike } from "../base/worker_handle.ts";
import type { FromFramePort, ToFramePort } from "./frame_port.ts";
import { FrameReader, type FrameReaderEvents, InputFrame } from "./frame_reader.ts";
import { NewestSlot } from "./newest_slot.ts";
import type { FeedMessage, PresentResult } from "./worker_messages.ts";

export { InputFrame };

/** What became of frames, since the present source began or, read here, since the Worker did. */
export interface IntakeCounts {
  readonly received: number;
  readonly superseded: number;
}

/**
 * The frames of a Worker that takes only the newest: asked for one by one where another Worker reads
 * them (`port`), else read here, where the newest waits.
 */
export class FrameIntake {
  readonly #slot = new NewestSlot<InputFrame>();
  readonly #reader: FrameReader;
  readonly #onFrame: () => void;
  #port: PortLike | null = null;
  #isAsked = false;
  /** The frame that came over the port; it is taken at once unless there is something else to wait for. */
  #given: InputFrame | null = null;
  /** Of ports that are closed. */
  #before: IntakeCounts = { received: 0, superseded: 0 };
  #ofPort: IntakeCounts = { received: 0, superseded: 0 };

  /**
   * @param events `onAccepted`: a posted frame is in the slot, so that another may be posted.
   * `onUnreadable`: see {@linkcode FrameReaderEvents}. `onFrame`: a frame waits; called for every one.
   */
  constructor(
    { onAccepted, onUnreadable, onFrame }:
      & Pick<FrameReaderEvents, "onAccepted" | "onUnreadable">
      & {
        onFrame: () => void;
      },
  ) {
    this.#onFrame = onFrame;
    this.#reader = new FrameReader({
      onAccepted,
      onUnreadable,
      onFrame: (frame) => {
        this.#slot.offer(frame);
        onFrame();
      },
      onStop: () => this.#slot.clear(),
    });
  }

  /** Where frames are asked for; `null`: they are read here, or there are none. */
  get port(): PortLike | null {
    return this.#port;
  }

  /** Since the Worker started. */
  get counts(): IntakeCounts {
    return sum(sum(this.#before, this.#ofPort), this.#slot);
  }

  /**
   * Takes the newest frame, which the caller then owns and closes. `null`: there is none now; where
   * frames are asked for, it is asked for and `onFrame` says when it came.
   * @param sinceMs Ms since the epoch: one that came before is left out.
   */
  take(sinceMs: number): InputFrame | null {
    const frame = this.#given ?? this.#slot.take((waiting) => waiting.receivedAtMs >= sinceMs);
    this.#given = null;
    if (frame === null && this.#port !== null && !this.#isAsked) {
      this.#isAsked = true;
      const want: ToFramePort = { kind: "want", sinceMs };
      this.#port.postMessage(want);
    }
    return frame;
  }

  /** Takes a frame, follows a stream to its end, asks another Worker from now on, or leaves the source. */
  async handle(message: FeedMessage): Promise<void> {
    if (message.kind === "port") {
      await this.#reader.handle({ kind: "stop" });
      return this.#open(message.port);
    }
    this.#leave();
    await this.#reader.handle(message);
  }

  #open(port: PortLike): void {
    this.#leave();
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<FromFramePort>) => {
      const { frame, key, receivedAtMs, received, superseded } = data;
      // Of a source that was left meanwhile.
      if (port !== this.#port) return frame.close();
      this.#isAsked = false;
      this.#ofPort = { received, superseded };
      this.#given = new InputFrame(frame, key, { receivedAtMs, port });
      this.#onFrame();
    };
    this.#onFrame();
  }

  #leave(): void {
    this.#before = sum(this.#before, this.#ofPort);
    this.#ofPort = { received: 0, superseded: 0 };
    this.#port?.close();
    this.#port = null;
    this.#isAsked = false;
    this.#given?.close();
    this.#given = null;
  }
}

/** Tells the Worker that paints, which gave the frame over this port, what was found in it. */
export function answerFrame(
  port: PortLike,
  { key, detections, weak, trackEpoch }: PresentResult,
): void {
  const result = { key, detections, weak, trackEpoch };
  const message: ToFramePort = { kind: "result", result };
  port.postMessage(message);
}

function sum(a: IntakeCounts, b: IntakeCounts): IntakeCounts {
  return { received: a.received + b.received, superseded: a.superseded + b.superseded };
}
