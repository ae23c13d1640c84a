import type { Instance } from "@/protocol";
import type { TopicPorts } from "./bulk.ts";
import type { TransportAttempt, TransportHistory } from "./transport_choice.ts";

/** What a page asks of the Worker that has its bulk link. */
export type ToBulk =
  /** First message. */
  | {
    readonly kind: "start";
    /** Origin of the server. */
    readonly origin: string;
    /** Ms since the epoch at which the page's clock began, by which all times are that it says. */
    readonly pageOriginMs: number;
    /** What the page has learned of transports. */
    readonly transports: TransportHistory;
  }
  /** What it has learned since, on its control link. */
  | { readonly kind: "attempt"; readonly attempt: TransportAttempt }
  /** The server has given a topic; its ports, transferred. A later one has a higher id. */
  | { readonly kind: "open"; readonly topic: number } & TopicPorts
  | { readonly kind: "close"; readonly id: number }
  /** The server gave a ticket, as was asked for. */
  | { readonly kind: "ticket"; readonly ticket: Instance }
  /** See `Bulk.wake`. */
  | { readonly kind: "wake"; readonly wasSilent: boolean }
  /** See `PageEvents`. */
  | { readonly kind: "page"; readonly event: "wake" | "network-change" }
  /** There are no topics any more. The Worker ends by itself, and is not told anything else. */
  | { readonly kind: "end" };

/** What that Worker tells its page. */
export type FromBulk =
  /** It can be given topics. */
  | { readonly kind: "ready" }
  /** A ticket is wanted of the server. */
  | { readonly kind: "ticket-wanted" };
