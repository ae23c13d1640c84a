import {
  type FromRelayTopic,
  fromRelayTopicSchema,
  parse,
  type PeerId,
  type RecordData,
  type RelayChannel,
  type ToRelayTopic,
} from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import { type OpenedTopic, type OpenTopic, Topic } from "../link/topic.ts";
import type { CarriedBytes } from "../metrics/traffic.ts";
import { RelayedChannel } from "./relayed_channel.ts";

/** What a relay's topic is given, and whom it tells. */
export interface RelayTopicOptions {
  readonly openTopic: OpenTopic;
  /** Messages go out from now on, or no longer. */
  onReady(isReady: boolean): void;
  onText(message: FromRelayTopic): void;
  /** Told of each topic that is opened: where its pictures are heard. There where some come. */
  takePictures?(port: PortLike): void;
}

/** One page's end of a relay, but for the pictures. */
export class RelayTopic {
  readonly #options: RelayTopicOptions;
  #opened: OpenedTopic | null = null;
  #topic: Topic | null = null;
  #sentBytes = 0;
  #receivedBytes = 0;

  constructor(options: RelayTopicOptions) {
    this.#options = options;
  }

  /** Bytes taken and not yet on their way. */
  get bufferedBytes(): number {
    return this.#topic?.bufferedBytes ?? 0;
  }

  /** Bytes of all of its messages so far, without what the network adds. */
  get carried(): CarriedBytes {
    return { sent: this.#sentBytes, received: this.#receivedBytes };
  }

  /** The server gave it, perhaps again: it is told that this page hears it. */
  open(number: number): void {
    const { openTopic, onReady, takePictures } = this.#options;
    const pictures = takePictures && new MessageChannel();
    const opened = openTopic(number, pictures?.port1);
    // Afterwards: the link outlives it.
    this.close();
    this.#opened = opened;
    this.#topic = new Topic(opened.port, {
      onLinked: (isLinked) => isLinked ? this.#sayReady() : onReady(false),
      onData: (data) => this.#receive(data),
    });
    if (pictures !== undefined) takePictures!(pictures.port2);
  }

  /** Sends a message, and takes bytes from the caller; says whether there was a link for it. */
  send(message: ToRelayTopic | Uint8Array<ArrayBuffer>): boolean {
    const data = message instanceof Uint8Array ? message : JSON.stringify(message);
    const bytes = data.length;
    if (!this.#topic?.send(data)) return false;
    this.#sentBytes += bytes;
    return true;
  }

  /** One of the channels between phone and viewer. @param to From a phone: which viewer. */
  channel(channel: RelayChannel, to?: PeerId): RelayedChannel {
    const address = to === undefined ? {} : { to };
    return new RelayedChannel(
      () => this.bufferedBytes,
      (text) => this.send({ type: "message", ...address, channel, text }),
    );
  }

  /** Ends it without a further event. */
  close(): void {
    this.#topic?.leave();
    this.#topic = null;
    this.#opened?.close();
    this.#opened = null;
  }

  #sayReady(): void {
    this.send({ type: "ready" });
    this.#options.onReady(true);
  }

  #receive(data: RecordData): void {
    if (typeof data !== "string") return;
    this.#receivedBytes += data.length;
    let message: FromRelayTopic;
    try {
      message = parse(fromRelayTopicSchema, data);
    } catch {
      // Of a newer server: no reason to drop a relay that works.
      return;
    }
    this.#options.onText(message);
  }
}
