import {
  FINAL_ERROR_CODES,
  type FromClientMessage,
  type FromServerMessage,
  type Join,
  PONG_TIMEOUT_MS,
} from "@/protocol";
import { BulkHost, type BulkHostOptions } from "./bulk_host.ts";
import { Link } from "./link.ts";
import type { LinkParts } from "./link_options.ts";
import type { ServerLinkState } from "./server_link_state.ts";
import type { OpenTopic } from "./topic.ts";
import type { TransportMemory } from "./transport_choice.ts";

/** What a page's two links are made of, and whom they tell. */
export interface PageLinkOptions extends LinkParts {
  readonly join: Join;
  readonly transports: TransportMemory;
  /** Makes a Worker for the bulk link that has not been sent anything yet. */
  readonly startWorker: BulkHostOptions["startWorker"];
  /** Of the control link. */
  onState(state: ServerLinkState): void;
  /** Everything from the server about the room; `joined` arrives here as well, after the state. */
  onMessage(message: FromServerMessage): void;
}

/**
 * A page's links to the server: its control link, which is kept, and its bulk link where it is needed, which
 * is in a Worker.
 */
export class PageLink {
  readonly #control: Link;
  readonly #bulk: BulkHost;
  #isBulkUsed = false;
  #isWatchedClosely = false;

  constructor({ join, onState, onMessage, startWorker, ...parts }: PageLinkOptions) {
    const { transports } = parts;
    this.#bulk = new BulkHost({
      ...parts,
      startWorker,
      askForTicket: () => void this.#control.send({ type: "ticket-request" }),
      onUse: (isUsed) => {
        this.#isBulkUsed = isUsed;
        this.#watch();
      },
    });
    this.#control = new Link({
      ...parts,
      transports: {
        choose: (nowMs) => transports.choose(nowMs),
        note: (attempt) => {
          transports.note(attempt);
          // Not the other way: what the bulk link learns, this one has learned before.
          this.#bulk.note(attempt);
        },
      },
      name: "control",
      pongTimeoutMs: PONG_TIMEOUT_MS,
      hasSpare: true,
      hello: (say) => say(join),
      isFinal: (code) => FINAL_ERROR_CODES.has(code),
      onState: (state) => {
        if (state.kind === "joined") this.#bulk.wake(this.#control.wasSilent);
        // Shut out: what it had open is not its any more.
        if (state.kind === "refused") this.#bulk.close();
        onState(state);
      },
      onMessage: (message) => {
        if (message.type === "ticket") this.#bulk.ticket(message.ticket);
        else onMessage(message);
      },
    });
  }

  get state(): ServerLinkState {
    return this.#control.state;
  }

  /** See {@linkcode Link.send}. */
  send(message: FromClientMessage): boolean {
    return this.#control.send(message);
  }

  /** See {@linkcode OpenTopic}. */
  readonly openTopic: OpenTopic = (...topic) => this.#bulk.open(...topic);

  /** See {@linkcode Link.watchClosely}; while topics are open it is so anyway. */
  watchClosely(isClose: boolean): void {
    this.#isWatchedClosely = isClose;
    this.#watch();
  }

  /** See {@linkcode Link.retry}. */
  retry(): void {
    this.#control.retry();
  }

  /** The end. `leave`: tells the room that it is on purpose. */
  close(options: { readonly leave: boolean }): void {
    this.#bulk.close();
    this.#control.close(options);
  }

  #watch(): void {
    this.#control.watchClosely(this.#isWatchedClosely || this.#isBulkUsed);
  }
}
