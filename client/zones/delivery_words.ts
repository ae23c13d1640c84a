import type { EventLossCause } from "@/protocol";
import type { DeliveryView } from "./zones_state.ts";

/** Why the webhook did not get an event, without the full stop. */
export const LOSS_SENTENCES: Readonly<Record<EventLossCause, string>> = {
  refused: "The webhook refused it",
  redirected: "The webhook redirected it, which is not allowed",
  failing: "The webhook failed every time",
  timeout: "The webhook did not answer in time",
  unreachable: "The webhook could not be reached",
  overflow: "Newer events took its place",
  closed: "The server stopped first",
};

/** One word or sentence for each state; `null`: nothing to say. */
export function deliveryWords(delivery: DeliveryView): string | null {
  switch (delivery.kind) {
    case "kept":
      return null;
    case "sending":
      return "Sending …";
    case "delivered":
      return "Delivered";
    case "lost":
      return `Not delivered. ${delivery.why}`;
  }
}
