import { by, counter, type Family, gauge } from "./family.ts";

/** One inference process that frames go to, of this machine or another. */
export interface PoolMember {
  /** `local`, or what the worker is called. */
  readonly name: string;
  readonly state: string;
  readonly streams: number;
  readonly queueMs: number | null;
  readonly lanes: number;
}

/** What is asked of other machines. `null`: there are none. */
export interface PoolSources {
  readonly pool: {
    members(): readonly PoolMember[];
    readonly counts: {
      readonly moves: Readonly<Record<string, number>>;
      readonly dropped: Readonly<Record<string, number>>;
    };
  } | null;
  readonly bus: {
    readonly state: { readonly kind: string };
    readonly counts: {
      readonly bytesReceived: number;
      readonly bytesSent: number;
      readonly messagesReceived: number;
      readonly messagesSent: number;
      readonly reconnects: number;
      readonly dropped: Readonly<Record<string, number>>;
    };
  } | null;
}

/** Metrics of NATS and of inference on several machines, where they are configured. */
export function poolFamilies({ pool, bus }: PoolSources): Family[] {
  return [
    ...(bus === null ? [] : busFamilies(bus)),
    ...(pool === null ? [] : memberFamilies(pool.members())),
    ...(pool === null ? [] : [
      counter(
        "peerlens_pool_moves_total",
        "Streams that were opened anew with another inference process, by why",
        by("cause", Object.entries(pool.counts.moves)),
      ),
      counter(
        "peerlens_pool_frames_unsent_total",
        "Messages of frames that were not sent to a worker, by why",
        by("cause", Object.entries(pool.counts.dropped)),
      ),
    ]),
  ];
}

/** Of two machines with one name, the figures are added up, and the longer queue is told. */
function memberFamilies(members: readonly PoolMember[]): Family[] {
  const byName = Map.groupBy(members, ({ name }) => name);
  const summed = (figure: (member: PoolMember) => number) =>
    by(
      "member",
      [...byName].map(([name, all]) => [name, all.reduce((sum, one) => sum + figure(one), 0)]),
    );
  const queues = [...byName].flatMap(([name, all]) => {
    const known = all.flatMap(({ queueMs }) => queueMs ?? []);
    return known.length === 0 ? [] : [[name, Math.max(...known)] as const];
  });
  return [
    gauge(
      "peerlens_pool_ready",
      "Inference processes that can be used, by machine",
      summed(({ state }) => state === "ready" ? 1 : 0),
    ),
    gauge(
      "peerlens_pool_lanes",
      "Frames that can be examined at once, by machine",
      summed(({ lanes }) => lanes),
    ),
    gauge(
      "peerlens_pool_streams",
      "Streams of this server, by machine",
      summed(({ streams }) => streams),
    ),
    gauge(
      "peerlens_pool_queue_ms",
      "How long frames of all servers waited of late, by machine",
      by("member", queues),
    ),
  ];
}

function busFamilies({ state, counts }: NonNullable<PoolSources["bus"]>): Family[] {
  return [
    gauge("peerlens_nats_up", "Whether NATS is reached now", +(state.kind === "connected")),
    counter("peerlens_nats_reconnects_total", "Times that NATS came back", counts.reconnects),
    counter(
      "peerlens_nats_messages_total",
      "Messages over NATS, by direction",
      by("direction", [["in", counts.messagesReceived], ["out", counts.messagesSent]]),
    ),
    counter(
      "peerlens_nats_bytes_total",
      "Bytes of those, by direction",
      by("direction", [["in", counts.bytesReceived], ["out", counts.bytesSent]]),
    ),
    counter(
      "peerlens_nats_messages_dropped_total",
      "Messages that were not sent over NATS, by cause",
      by("cause", Object.entries(counts.dropped)),
    ),
  ];
}
