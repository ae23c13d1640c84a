import type { PeerInfo, SignalErrorCode } from "@/protocol";
import type { CarrierKind } from "./carrier_choice.ts";

/** Why the client is not in its room: a refusal of the server, or no word from it. */
export type WaitCause = SignalErrorCode | "lost";

/**
 * connecting → joined → waiting → connecting → …; `refused` needs a person, `closed` is the end.
 * Times are ms of the page's `performance` clock.
 */
export type SignalState =
  /** An attempt is under way. `cause`: why the one before ended, `null` on the first. */
  | { readonly kind: "connecting"; readonly cause: WaitCause | null; readonly sinceMs: number }
  /** In the room. */
  | { readonly kind: "joined"; readonly carrier: CarrierKind; readonly self: PeerInfo }
  /** Comes back by itself at `retryAtMs`. `sinceMs`: when it was last in the room, or began. */
  | {
    readonly kind: "waiting";
    readonly cause: WaitCause;
    readonly sinceMs: number;
    readonly retryAtMs: number;
  }
  /** Trying again by itself cannot help; `SignalClient.retry` tries once more. */
  | { readonly kind: "refused"; readonly code: SignalErrorCode }
  | { readonly kind: "closed" };
