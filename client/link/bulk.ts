import { BULK_PONG_TIMEOUT_MS, type FromClientMessage, type RecordData } from "@/protocol";
import { Link } from "./link.ts";
import type { LinkParts } from "./link_options.ts";
import type { TransportKind } from "./transport.ts";

/** Whom a topic tells. */
export interface TopicEvents {
  /** What is sent goes out from now on, or no longer. Not told of how it was at first. */
  onLinked(isLinked: boolean): void;
  onData(data: RecordData): void;
}

/** Something that this page has open with the server, on its bulk link. */
export interface Topic {
  /** What carries it now; `null`: nothing. */
  readonly transport: TransportKind | null;
  /** Bytes of all topics taken and not yet on their way. */
  readonly bufferedBytes: number;
  /** Sends; says whether there was a link for it. */
  send(data: RecordData): boolean;
  /** Nothing comes back: looks at once whether the link is still alive. */
  check(): void;
  close(): void;
}

/** Opens a topic that the server has given; one of the same number before is closed. */
export type OpenTopic = (number: number, events: TopicEvents) => Topic;

/** What a bulk link is made of. */
export interface BulkOptions extends LinkParts {
  /** Asks the server for a ticket, on the control link. */
  askForTicket(): void;
  /** There are topics now, or none any more. */
  onUse(isUsed: boolean): void;
}

/** This page's topics, and the bulk link for as long as there are any. */
export class Bulk {
  readonly #options: BulkOptions;
  readonly #topics = new Map<number, TopicEvents>();
  #link: Link | null = null;
  #isLinked = false;
  #say: ((first: FromClientMessage) => void) | null = null;

  constructor(options: BulkOptions) {
    this.#options = options;
  }

  /** See {@linkcode OpenTopic}. */
  readonly open: OpenTopic = (number, events) => {
    this.#topics.set(number, events);
    if (this.#link === null) this.#options.onUse(true);
    const link = this.#link ??= this.#makeLink();
    const isMine = () => this.#topics.get(number) === events;
    return {
      get transport() {
        return isMine() && link.state.kind === "joined" ? link.state.transport : null;
      },
      get bufferedBytes() {
        return link.bufferedBytes;
      },
      send: (data) => isMine() && link.sendData(number, data),
      check: () => link.check(),
      close: () => {
        if (!isMine()) return;
        this.#topics.delete(number);
        if (this.#topics.size === 0) this.close();
      },
    };
  };

  /** The server gave a ticket. */
  ticket(ticket: Extract<FromClientMessage, { type: "open" }>["ticket"]): void {
    const say = this.#say;
    this.#say = null;
    say?.({ type: "open", ticket });
  }

  /**
   * The control link is open again: tickets are to be had.
   * @param wasSilent Whether the one before had fallen silent. Then this link is taken to be so too: its own
   * answers may wait behind pictures, so it would be asked for long.
   */
  wake(wasSilent = false): void {
    const before = this.#say;
    if (wasSilent) this.#link?.renew();
    else this.#link?.wake();
    // Not twice: the second ticket makes the first one void.
    if (before !== null && this.#say === before) this.#options.askForTicket();
  }

  /** Ends the link and all topics. */
  close(): void {
    this.#tell(false);
    this.#topics.clear();
    this.#say = null;
    if (this.#link === null) return;
    this.#link.close();
    this.#link = null;
    this.#options.onUse(false);
  }

  #makeLink(): Link {
    const { askForTicket, onUse: _, ...parts } = this.#options;
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
      onState: ({ kind }) => {
        if (this.#link === link) this.#tell(kind === "joined");
      },
      onMessage: () => {},
      onData: ({ topic, data }) => this.#topics.get(topic)?.onData(data),
    });
    return link;
  }

  #tell(isLinked: boolean): void {
    if (isLinked === this.#isLinked) return;
    this.#isLinked = isLinked;
    for (const events of [...this.#topics.values()]) events.onLinked(isLinked);
  }
}
