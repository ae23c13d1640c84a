import type { RecordData } from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import type { TransportKind } from "./transport.ts";

// A topic is something that this page has open with the server, on its bulk link, which lives in a Worker.
// Whoever has the topic's port uses it: the page, or another Worker that it was handed on to. Bytes that come
// may be heard at a port of their own, by another one than texts; both may send.

/** What is said at the port of a topic. */
export type ToTopic =
  | { readonly kind: "send"; readonly data: RecordData }
  /** Nothing comes back: is the link still alive? */
  | { readonly kind: "check" };

/** What is heard at the port of a topic. */
export type FromTopic =
  /** What carries it from now on; `null`: nothing, as at first. */
  | { readonly kind: "link"; readonly transport: TransportKind | null }
  | { readonly kind: "data"; readonly data: RecordData }
  /** How much was taken of what was said here, in all; and how much of all topics is not on its way yet. */
  | { readonly kind: "buffered"; readonly takenBytes: number; readonly bufferedBytes: number };

/** A topic for whoever opened it. */
export interface OpenedTopic {
  /** To be used here, or to be transferred. */
  readonly port: PortLike;
  /** Ends it, wherever its ports are. */
  close(): void;
}

/**
 * Opens a topic that the server has given; one of the same number before is closed.
 * @param bytesPort Is transferred: at its other end bytes are heard that come, and not at the topic's port.
 */
export type OpenTopic = (number: number, bytesPort?: PortLike) => OpenedTopic;

/** Whom a topic tells. */
export interface TopicEvents {
  /** What is sent goes out from now on, or no longer. At first it does not. */
  onLinked(isLinked: boolean): void;
  onData(data: RecordData): void;
  /** There may be less that is not on its way yet. */
  onBuffered?(): void;
}

/** A topic, by its port. */
export class Topic {
  readonly #port: PortLike;
  #transport: TransportKind | null = null;
  #sentBytes = 0;
  #takenBytes = 0;
  #bufferedBytes = 0;

  constructor(port: PortLike, events: TopicEvents) {
    this.#port = port;
    port.onmessage = ({ data: said }: MessageEvent<FromTopic>) => {
      switch (said.kind) {
        case "link":
          this.#transport = said.transport;
          return events.onLinked(said.transport !== null);
        case "data":
          return events.onData(said.data);
        case "buffered":
          this.#takenBytes = said.takenBytes;
          this.#bufferedBytes = said.bufferedBytes;
          return events.onBuffered?.();
      }
    };
  }

  /** What carries it now; `null`: nothing. */
  get transport(): TransportKind | null {
    return this.#transport;
  }

  /** Bytes of all topics taken and not yet on their way, and those of this one that are not even taken. */
  get bufferedBytes(): number {
    return this.#sentBytes - this.#takenBytes + this.#bufferedBytes;
  }

  /** Sends, and takes bytes from the caller; says whether there was a link for it. */
  send(data: RecordData): boolean {
    if (this.#transport === null) return false;
    this.#sentBytes += data.length;
    this.#say({ kind: "send", data }, typeof data === "string" ? [] : [data.buffer]);
    return true;
  }

  /** Nothing comes back: looks at once whether the link is still alive. */
  check(): void {
    this.#say({ kind: "check" });
  }

  /** Nothing is heard of it any more. */
  leave(): void {
    this.#transport = null;
    this.#port.onmessage = null;
    this.#port.close();
  }

  #say(message: ToTopic, transfer: Transferable[] = []): void {
    this.#port.postMessage(message, transfer);
  }
}
