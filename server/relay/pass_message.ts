import type { ToRelayTopic } from "@/protocol";
import type { RelayCounters } from "./counters.ts";
import { PhoneEnd, type ViewerEnd } from "./page_ends.ts";

/** Passes a message on between a phone and one of its viewers, unread. */
export function passMessage(
  from: PhoneEnd | ViewerEnd,
  { to, channel, text }: Extract<ToRelayTopic, { type: "message" }>,
  counters: RelayCounters,
): void {
  const isPhone = from instanceof PhoneEnd;
  const target = isPhone ? (to === undefined ? undefined : from.viewers.get(to)) : from.phone;
  // What is worth nothing when it is late is left out.
  const isPassed = target !== undefined && !(channel === "timing" && target.topic.isLate) &&
    target.say({
      type: "message",
      ...(isPhone ? {} : { from: from.page.peerId }),
      channel,
      text,
    });
  counters[isPassed ? "messagesPassed" : "messagesDropped"] += 1;
}
