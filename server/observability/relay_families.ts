import { by, counter, type Family, gauge, type Sample } from "./family.ts";

/** What is asked of the relay. */
export interface RelaySources {
  counts(): { readonly phones: number; readonly viewers: number };
  readonly counters: {
    readonly framesReceived: number;
    readonly framesSent: number;
    readonly framesDropped: Readonly<Record<string, number>>;
    readonly bytesReceived: number;
    readonly bytesSent: number;
    readonly messagesPassed: number;
    readonly messagesDropped: number;
    readonly viewersRefused: number;
    readonly framesRefused: Readonly<Record<string, number>>;
  };
}

/** Metrics of pictures that pass through the server. */
export function relayFamilies(relays: RelaySources): Family[] {
  const { phones, viewers } = relays.counts();
  const { counters } = relays;
  const frames: Sample[] = [
    { labels: { direction: "in", outcome: "received" }, value: counters.framesReceived },
    { labels: { direction: "out", outcome: "sent" }, value: counters.framesSent },
    ...causes({ direction: "in", outcome: "refused" }, counters.framesRefused),
    ...causes({ direction: "out", outcome: "dropped" }, counters.framesDropped),
  ];
  return [
    gauge(
      "peerlens_relay_pages",
      "Phones that send through the server now, and viewers of them",
      by("role", [["phone", phones], ["viewer", viewers]]),
    ),
    counter(
      "peerlens_relay_frames_total",
      "Pictures of phones through the server; one for two viewers goes out twice",
      frames,
    ),
    counter(
      "peerlens_relay_bytes_total",
      "Bytes of those, by direction",
      by("direction", [["in", counters.bytesReceived], ["out", counters.bytesSent]]),
    ),
    counter(
      "peerlens_relay_messages_total",
      "Messages between phone and viewer through the server",
      by("outcome", [["passed", counters.messagesPassed], ["dropped", counters.messagesDropped]]),
    ),
  ];
}

function causes(labels: Sample["labels"], counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([cause, value]) => ({ labels: { ...labels, cause }, value }));
}
