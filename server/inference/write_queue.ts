import { encodeIpc, type StreamKey, type ToChild } from "./ipc.ts";

/** Bytes of one stream that wait for the child: two of the longest frames. */
export const MAX_STREAM_QUEUE_BYTES = 4 * 1024 * 1024 + 64 * 1024;

/** Messages of one stream that wait: two frames in the most chunks that a frame may have. */
export const MAX_STREAM_QUEUE_MESSAGES = 512;

/**
 * Other messages that wait. They are rare and none may be lost, so with this many waiting the child
 * does not read any more and is to be killed.
 */
export const MAX_CONTROL_QUEUE_MESSAGES = 4_096;

/** What waits of one stream, oldest first. */
interface Waiting {
  readonly messages: Uint8Array[];
  bytes: number;
}

/**
 * What waits to be written to the child. Signals first and never dropped; frames of each stream in
 * their order, streams in turn; past its bounds a stream loses its oldest, for the newest wins.
 */
export class WriteQueue {
  readonly #control: Uint8Array[] = [];
  /** In the order of their turns. */
  readonly #streams = new Map<StreamKey, Waiting>();
  #dropped = 0;

  /** Takes a message. `false`: the child reads nothing any more. */
  push(message: ToChild, binary?: Uint8Array): boolean {
    const bytes = encodeIpc(message, binary);
    if (message.kind === "message") this.#pushFrame(message.stream, bytes);
    else this.#control.push(bytes);
    // What is still on its way to a stream that closes is of no use to anybody.
    if (message.kind === "close") this.#streams.delete(message.stream);
    return this.#control.length <= MAX_CONTROL_QUEUE_MESSAGES;
  }

  /** Takes out the next message to be written. */
  shift(): Uint8Array | undefined {
    const control = this.#control.shift();
    if (control !== undefined) return control;
    const [first] = this.#streams;
    if (first === undefined) return undefined;
    const [key, waiting] = first;
    const message = waiting.messages.shift()!;
    waiting.bytes -= message.length;
    // Behind the others, unless it has nothing left.
    this.#streams.delete(key);
    if (waiting.messages.length > 0) this.#streams.set(key, waiting);
    return message;
  }

  /** Messages dropped because the child read too slowly. */
  get dropped(): number {
    return this.#dropped;
  }

  #pushFrame(key: StreamKey, bytes: Uint8Array): void {
    const waiting = this.#streams.get(key) ?? { messages: [], bytes: 0 };
    this.#streams.set(key, waiting);
    waiting.messages.push(bytes);
    waiting.bytes += bytes.length;
    while (
      waiting.bytes > MAX_STREAM_QUEUE_BYTES ||
      waiting.messages.length > MAX_STREAM_QUEUE_MESSAGES
    ) {
      waiting.bytes -= waiting.messages.shift()!.length;
      this.#dropped++;
    }
  }
}
