import { FrameReader, type InputFrame } from "./frame_reader.ts";
import { NewestSlot } from "./newest_slot.ts";
import type { FeedMessage } from "./worker_messages.ts";

export type { InputFrame };

/** The frames of a Worker that takes only the newest, which waits in {@linkcode FrameIntake.slot}. */
export class FrameIntake {
  readonly slot = new NewestSlot<InputFrame>();
  readonly #reader: FrameReader;

  /**
   * @param events `onAccepted`: a posted frame is in the slot, so that another may be posted.
   * `onFrame`: a frame waits; called for every one.
   */
  constructor({ onAccepted, onFrame }: { onAccepted: () => void; onFrame: () => void }) {
    this.#reader = new FrameReader({
      onAccepted,
      onFrame: (frame) => {
        this.slot.offer(frame);
        onFrame();
      },
      onStop: () => this.slot.clear(),
    });
  }

  /** Takes a frame, follows a stream to its end, or leaves the present one. */
  async handle(message: FeedMessage): Promise<void> {
    await this.#reader.handle(message);
  }
}
