import type { PeerId } from "@/protocol";

/** A video of this computer, shown like a phone's. */
export interface LocalSource {
  /** No phone has it: their ids are random and longer. */
  readonly id: PeerId;
  readonly name: string;
  readonly track: MediaStreamTrack;
  /** Lets go of the camera or the file. */
  stop(): void;
}

/** Id of this computer's camera; every other source is a file. */
export const COMPUTER_CAMERA_ID = "this-computer" as PeerId;

/** A source that cannot be had; `message` is a sentence for the screen. */
export class LocalSourceError extends Error {
  override readonly name = "LocalSourceError";
}
