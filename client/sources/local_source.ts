import type { PeerId } from "@/protocol";

/** A video of this computer, or of an endpoint that only this page plays, shown like a phone's. */
export interface LocalSource {
  /** No phone has it: their ids are random and longer. */
  readonly id: PeerId;
  readonly name: string;
  readonly track: MediaStreamTrack;
  /** What the page says when it ends by itself. @default {the sentence of a camera} */
  readonly lost?: string;
  /** Lets go of it. */
  stop(): void;
}

/** Id of this computer's camera; every other source is a file, or an endpoint. */
export const COMPUTER_CAMERA_ID = "this-computer" as PeerId;

/** A source that cannot be had; `message` is a sentence for the screen. */
export class LocalSourceError extends Error {
  override readonly name = "LocalSourceError";
}
