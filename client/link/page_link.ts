import {
  FINAL_ERROR_CODES,
  type FromClientMessage,
  type FromServerMessage,
  type Join,
  PONG_TIMEOUT_MS,
} from "@/protocol";
import { Bulk, type OpenTopic } from "./bulk.ts";
import { Link } from "./link.ts";
import type { LinkParts } from "./link_options.ts";
import type { ServerLinkState } from "./server_link_state.ts";

/** What a page's two links are made of, and whom they tell. */
export interface PageLinkOptions extends LinkParts {
  readonly join: Join;
  /** Of the control link. */
  onState(state: ServerLinkState): void;
  /** Everything from the server about the room; `joined` arrives here as well, after the state. */
  onMessage(message: FromServerMessage): void;
}

/** A page's links to the server: its control link, which is kept, and its bulk link where it is needed. */
export class PageLink {
  readonly #control: Link;
  readonly #bulk: Bulk;
  #isBulkUsed = false;
  #isWatchedClosely = false;

  constructor({ join, onState, onMessage, ...parts }: PageLinkOptions) {
    this.#bulk = new Bulk({
      ...parts,
      askForTicket: () => void this.#control.send({ type: "ticket-request" }),
      onUse: (isUsed) => {
        this.#isBulkUsed = isUsed;
        this.#watch();
      },
    });
    this.#control = new Link({
      ...parts,
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
  readonly openTopic: OpenTopic = (number, events) => this.#bulk.open(number, events);

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
