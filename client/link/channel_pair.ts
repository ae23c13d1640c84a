import { MAX_RESULT_CHARS } from "@/protocol";
import type { Log } from "../base/log.ts";

/** The two DataChannels of one connection to the server. */
export interface Channels {
  readonly frames: RTCDataChannel;
  readonly results: RTCDataChannel;
}

/** What is heard of them. */
export interface ChannelEvents {
  /** Both are open. */
  onOpen(): void;
  /** One of them is not open any more, or never will be. */
  onClose(): void;
  onText(text: string): void;
}

/** Both channels as one, in a page or in the Worker that they were handed to. */
export class ChannelPair {
  readonly #channels: Channels;
  readonly #log: Log;
  readonly #stop = new AbortController();

  constructor({ frames, results }: Channels, events: ChannelEvents, log: Log) {
    this.#channels = { frames, results };
    this.#log = log;
    const { signal } = this.#stop;
    frames.binaryType = "arraybuffer";
    for (const channel of [frames, results]) {
      channel.addEventListener("open", () => {
        if (this.isOpen) events.onOpen();
      }, { signal });
      channel.addEventListener("close", events.onClose, { signal });
    }
    results.addEventListener("message", ({ data }) => {
      if (typeof data === "string" && data.length <= MAX_RESULT_CHARS) events.onText(data);
    }, { signal });
  }

  get isOpen(): boolean {
    const { frames, results } = this.#channels;
    const isOver = this.#stop.signal.aborted;
    return !isOver && [frames, results].every(({ readyState }) => readyState === "open");
  }

  /** Handed over and not sent yet. */
  get bufferedBytes(): number {
    return this.#channels.frames.bufferedAmount;
  }

  /** Sends if they are open; says whether it did. */
  send(message: Uint8Array<ArrayBuffer> | string): boolean {
    if (!this.isOpen) return false;
    const { frames, results } = this.#channels;
    try {
      if (typeof message === "string") results.send(message);
      else frames.send(message);
      return true;
    } catch (error) {
      // Its buffer is full: this frame is lost, which its slot will notice.
      this.#log(`could not send to the server: ${error}`);
      return false;
    }
  }

  /** Nothing is heard of them any more; whoever has their connection ends them. */
  leave(): void {
    this.#stop.abort();
  }
}
