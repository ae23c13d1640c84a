import {
  BULK_PONG_TIMEOUT_MS,
  type FromClientMessage,
  type Instance,
  type RecordData,
} from "@/protocol";
import type { PortLike } from "../base/worker_handle.ts";
import { Link } from "./link.ts";
import type { LinkParts } from "./link_options.ts";
import type { FromTopic, ToTopic } from "./topic.ts";
import type { TransportKind } from "./transport.ts";

/** What a bulk link is made of. */
export interface BulkOptions extends LinkParts {
  /** Asks the server for a ticket, on the control link. */
  askForTicket(): void;
}

/** The ports of a topic. */
export interface TopicPorts {
  /** Whose they are: of one number, there may be another later. */
  readonly id: number;
  readonly port: PortLike;
  /** Where bytes are heard; `null`: with the texts. */
  readonly bytesPort: PortLike | null;
}

/** A port of ours, and how much was taken of what was sent there. */
interface End {
  readonly port: PortLike;
  takenBytes: number;
}

interface OpenTopic {
  readonly id: number;
  readonly texts: End;
  /** May be the same. */
  readonly bytes: End;
}

/** How soon those who send are told again of what is not on its way yet. */
export const BUFFERED_LOOK_MS = 20;

/** A page's topics, each at its port, and the link that carries them, from the first on. */
export class Bulk {
  readonly #options: BulkOptions;
  readonly #topics = new Map<number, OpenTopic>();
  #link: Link | null = null;
  #transport: TransportKind | null = null;
  #bufferedBytes = 0;
  #timer: number | undefined;
  #say: ((first: FromClientMessage) => void) | null = null;

  constructor(options: BulkOptions) {
    this.#options = options;
  }

  /** Opens a topic; one of the same number before is closed. */
  open(number: number, { id, port, bytesPort }: TopicPorts): void {
    const before = this.#topics.get(number);
    if (before !== undefined) closePorts(before);
    const texts = this.#makeEnd(number, port);
    const bytes = bytesPort === null ? texts : this.#makeEnd(number, bytesPort);
    this.#topics.set(number, { id, texts, bytes });
    this.#link ??= this.#makeLink();
    const transport = this.#transport;
    if (transport === null) return;
    for (const end of endsOf({ texts, bytes })) post(end, { kind: "link", transport });
  }

  /** Closes the topic of this id, if it is still there. */
  close(id: number): void {
    for (const [number, topic] of this.#topics) {
      if (topic.id !== id) continue;
      closePorts(topic);
      this.#topics.delete(number);
    }
  }

  /** The server gave a ticket. */
  ticket(ticket: Instance): void {
    const say = this.#say;
    this.#say = null;
    say?.({ type: "open", ticket });
  }

  /**
   * The control link is open again: tickets are to be had.
   * @param wasSilent Whether the one before had fallen silent. Then this link is taken to be so too: its own
   * answers may wait behind pictures, so it would be asked for long.
   */
  wake(wasSilent: boolean): void {
    const before = this.#say;
    if (wasSilent) this.#link?.renew();
    else this.#link?.wake();
    // Not twice: the second ticket makes the first one void.
    if (before !== null && this.#say === before) this.#options.askForTicket();
  }

  /** The end of the link and of all topics, which are told. */
  end(): void {
    this.#tell(null);
    for (const topic of this.#topics.values()) closePorts(topic);
    this.#topics.clear();
    this.#say = null;
    this.#options.timers.clearTimeout(this.#timer);
    const link = this.#link;
    this.#link = null;
    link?.close();
  }

  #makeLink(): Link {
    const { askForTicket, ...parts } = this.#options;
    const link: Link = new Link({
      ...parts,
      name: "bulk",
      pongTimeoutMs: BULK_PONG_TIMEOUT_MS,
      hasSpare: false,
      hello: (say) => {
        this.#say = say;
        askForTicket();
      },
      // The control link knows what cannot be helped.
      isFinal: () => false,
      onState: (state) => {
        if (this.#link === link) this.#tell(state.kind === "joined" ? state.transport : null);
      },
      onMessage: () => {},
      onData: ({ topic, data }) => this.#pass(this.#topics.get(topic), data),
    });
    return link;
  }

  #makeEnd(number: number, port: PortLike): End {
    const end: End = { port, takenBytes: 0 };
    port.onmessage = ({ data: said }: MessageEvent<ToTopic>) => {
      if (said.kind === "check") return this.#link?.check();
      this.#link?.sendData(number, said.data);
      end.takenBytes += said.data.length;
      this.#tellBuffered(end);
    };
    return end;
  }

  #pass(topic: OpenTopic | undefined, data: RecordData): void {
    if (topic === undefined) return;
    if (typeof data === "string") return post(topic.texts, { kind: "data", data });
    // It is a part of a larger message.
    const own = data.slice();
    post(topic.bytes, { kind: "data", data: own }, [own.buffer]);
  }

  #tell(transport: TransportKind | null): void {
    if (transport === this.#transport) return;
    this.#transport = transport;
    for (const end of this.#ends()) post(end, { kind: "link", transport });
  }

  /** @param sender Is told in any case. */
  #tellBuffered(sender: End | null): void {
    const { timers } = this.#options;
    timers.clearTimeout(this.#timer);
    const bufferedBytes = this.#link?.bufferedBytes ?? 0;
    const isNews = bufferedBytes !== this.#bufferedBytes;
    this.#bufferedBytes = bufferedBytes;
    for (const end of this.#ends()) {
      if (!isNews && end !== sender) continue;
      post(end, { kind: "buffered", takenBytes: end.takenBytes, bufferedBytes });
    }
    if (bufferedBytes === 0) return;
    this.#timer = timers.setTimeout(() => this.#tellBuffered(null), BUFFERED_LOOK_MS);
  }

  #ends(): End[] {
    return [...this.#topics.values()].flatMap(endsOf);
  }
}

function endsOf({ texts, bytes }: Pick<OpenTopic, "texts" | "bytes">): End[] {
  return texts === bytes ? [texts] : [texts, bytes];
}

function closePorts(topic: OpenTopic): void {
  for (const { port } of endsOf(topic)) port.close();
}

function post({ port }: End, message: FromTopic, transfer: Transferable[] = []): void {
  port.postMessage(message, transfer);
}
