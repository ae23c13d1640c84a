import type { ToRelayWire } from "@/protocol";
import type { RelayCounters } from "./counters.ts";
import { MAX_TIMING_BACKLOG_BYTES } from "./limits.ts";
import { PhoneSeat, type Seat, type ViewerSeat } from "./seats.ts";

/** Passes a message on between a phone and one of its viewers, unread. */
export function passMessage(
  seat: Seat,
  { to, channel, text }: Extract<ToRelayWire, { type: "message" }>,
  counters: RelayCounters,
): void {
  const isPhone = seat instanceof PhoneSeat;
  const target = isPhone
    ? (to === undefined ? undefined : seat.viewers.get(to))
    : (seat as ViewerSeat).phone;
  const waitingBytes = target?.wire?.bufferedBytes() ?? Infinity;
  if (target === undefined || (channel === "timing" && waitingBytes > MAX_TIMING_BACKLOG_BYTES)) {
    counters.messagesDropped += 1;
    return;
  }
  const from = isPhone ? {} : { from: seat.page.peerId };
  const isSent = target.send(JSON.stringify({ type: "message", ...from, channel, text }));
  counters[isSent ? "messagesPassed" : "messagesDropped"] += 1;
}
