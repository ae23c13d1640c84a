import { MAX_RESULT_CHARS, type RecordData } from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import type { ChannelEvents } from "./channel_pair.ts";
import { Topic, type TopicEvents } from "./topic.ts";
import type { TransportKind } from "./transport.ts";

/** Its answer shows that frames get through, there and back. */
const FIRST_PING = JSON.stringify({ type: "clock-ping", nonce: 0 });

/** What is heard of a stream's topic. */
export type StreamTopicEvents = ChannelEvents & Pick<TopicEvents, "onBuffered">;

/** A stream's own topic on the bulk link, in the Worker that it was handed to. It comes back by itself. */
export class StreamTopic {
  readonly #topic: Topic;
  readonly #events: StreamTopicEvents;
  #isOpen = false;

  constructor(port: PortLike, events: StreamTopicEvents) {
    this.#events = events;
    this.#topic = new Topic(port, {
      onLinked: (isLinked) => isLinked ? void this.#topic.send(FIRST_PING) : this.#lose(),
      onData: (data) => this.#hear(data),
      onBuffered: () => events.onBuffered?.(),
    });
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** See {@linkcode Topic.transport}. */
  get transport(): TransportKind | null {
    return this.#topic.transport;
  }

  /** See {@linkcode Topic.bufferedBytes}. */
  get bufferedBytes(): number {
    return this.#topic.bufferedBytes;
  }

  /** Sends if it is open, and takes bytes from the caller; says whether it did. */
  send(message: Uint8Array<ArrayBuffer> | string): boolean {
    return this.#isOpen && this.#topic.send(message);
  }

  /** Nothing comes back over it: it is not open any more, until something does. */
  giveUp(): void {
    this.#topic.check();
    this.#lose();
    this.#topic.send(FIRST_PING);
  }

  /** Nothing is heard of it any more; whoever opened it ends it. */
  leave(): void {
    this.#isOpen = false;
    this.#topic.leave();
  }

  #hear(data: RecordData): void {
    if (typeof data !== "string" || data.length > MAX_RESULT_CHARS) return;
    if (!this.#isOpen) {
      this.#isOpen = true;
      this.#events.onOpen();
    }
    this.#events.onText(data);
  }

  #lose(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#events.onClose();
  }
}
