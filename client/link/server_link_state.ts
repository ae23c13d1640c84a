import type { PeerInfo, SignalErrorCode } from "@/protocol";
import type { TransportKind } from "./transport.ts";

/** Why a link is not open: a refusal of the server, or no word from it. */
export type WaitCause = SignalErrorCode | "lost";

/**
 * connecting → joined → waiting → connecting → …; `refused` needs a person, `closed` is the end.
 * Times are ms of the page's `performance` clock.
 */
export type ServerLinkState =
  /** An attempt is under way. `cause`: why the one before ended, `null` on the first. */
  | { readonly kind: "connecting"; readonly cause: WaitCause | null; readonly sinceMs: number }
  /** The server knows who this page is: it is in the room, or its bulk link is open. */
  | { readonly kind: "joined"; readonly transport: TransportKind; readonly self: PeerInfo }
  /** Comes back by itself at `retryAtMs`. `sinceMs`: when it was last open, or began. */
  | {
    readonly kind: "waiting";
    readonly cause: WaitCause;
    readonly sinceMs: number;
    readonly retryAtMs: number;
  }
  /** Trying again by itself cannot help; `Link.retry` tries once more. */
  | { readonly kind: "refused"; readonly code: SignalErrorCode }
  | { readonly kind: "closed" };
