import type { FromClientMessage, FromServerMessage, LinkRecord, SignalErrorCode } from "@/protocol";
import type { Log } from "../base/log.ts";
import type { WatchPage } from "../base/page_events.ts";
import type { Timers } from "../base/timers.ts";
import type { ServerLinkState } from "./server_link_state.ts";
import type { OpenTransport } from "./transport.ts";
import type { TransportMemory } from "./transport_choice.ts";

/** What all links of a page are made with. */
export interface LinkParts {
  /** Origin of the server. */
  readonly origin: string;
  readonly openTransport: OpenTransport;
  readonly transports: Pick<TransportMemory, "choose" | "note">;
  readonly timers: Timers;
  readonly watchPage: WatchPage;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly log: Log;
}

/** What a link is given and whom it tells. */
export interface LinkOptions extends LinkParts {
  /** For the log. */
  readonly name: "control" | "bulk";
  /** Without a pong for so long it is dead. */
  readonly pongTimeoutMs: number;
  /** While it is silent another one is opened beside it; of the two, the server closes the older. */
  readonly hasSpare: boolean;
  /**
   * Gives what is said first on a fresh transport, to show who this page is: at once, later or never.
   * Called for each attempt.
   */
  hello(say: (first: FromClientMessage) => void): void;
  /** Refusals after which trying again by itself cannot help. */
  isFinal(code: SignalErrorCode): boolean;
  /** Every new state; never called before the constructor has returned. */
  onState(state: ServerLinkState): void;
  /** All about link and room but `pong`; what opened it arrives here as well, after the state. */
  onMessage(message: FromServerMessage): void;
  /** A record of another topic. */
  onData?(record: LinkRecord): void;
}
