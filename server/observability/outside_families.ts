import { by, counter, type Family, gauge, type Sample } from "./family.ts";

/** Of events for the webhook. */
export interface WebhookCounts {
  readonly waiting: number;
  readonly delivered: number;
  /** By cause. */
  readonly lost: Readonly<Record<string, number>>;
}

/** Of rooms and the TURN server. */
export interface TurnCounts {
  /** Rooms that have it. */
  readonly rooms: number;
  /** Rooms that were refused it, by cause. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Of other nodes, and of links between them and this one. */
export interface NodeCounts {
  /** That are heard now. */
  readonly others: number;
  readonly lines: {
    readonly out: number;
    readonly in: number;
    readonly broken: number;
    readonly unreadable: number;
  };
  readonly pagesElsewhere: { readonly picturesDropped: number };
  readonly roomsDropped: number;
}

/** What is asked of the ways out of this computer. `null`: there is none of that kind. */
export interface OutsideSources {
  readonly webhook: { readonly counts: WebhookCounts } | null;
  readonly turn: { readonly counts: TurnCounts } | null;
  readonly tunnel: { readonly host: string | null } | null;
  readonly nodes: { readonly health: NodeCounts } | null;
}

/** Metrics of webhook, TURN, tunnel and other nodes, where they are configured. */
export function outsideFamilies({ webhook, turn, tunnel, nodes }: OutsideSources): Family[] {
  return [
    ...(webhook === null ? [] : webhookFamilies(webhook.counts)),
    ...(turn === null ? [] : turnFamilies(turn.counts)),
    ...(tunnel === null ? [] : [
      gauge("peerlens_tunnel_up", "Whether the tunnel has an address now", +(tunnel.host !== null)),
    ]),
    ...(nodes === null ? [] : nodeFamilies(nodes.health)),
  ];
}

function nodeFamilies({ others, lines, pagesElsewhere, roomsDropped }: NodeCounts): Family[] {
  const { out, in: into, broken, unreadable } = lines;
  return [
    gauge("peerlens_other_nodes", "Other nodes that are heard now", others),
    gauge(
      "peerlens_node_lines",
      "Links and requests between this node and others, by where the page is",
      by("page", [["here", out], ["elsewhere", into]]),
    ),
    counter(
      "peerlens_node_faults_total",
      "What went wrong between nodes, by cause",
      by("cause", [
        ["line-broken", broken],
        ["unreadable", unreadable],
        ["picture-late", pagesElsewhere.picturesDropped],
        ["room-dropped", roomsDropped],
      ]),
    ),
  ];
}

function turnFamilies({ rooms, refused }: TurnCounts): Family[] {
  return [
    gauge("peerlens_turn_rooms", "Rooms whose members get TURN credentials", rooms),
    counter(
      "peerlens_turn_refusals_total",
      "Rooms that were opened and got none, by cause",
      by("cause", Object.entries(refused)),
    ),
  ];
}

function webhookFamilies({ waiting, delivered, lost }: WebhookCounts): Family[] {
  const events: Sample[] = [
    { labels: { outcome: "delivered" }, value: delivered },
    ...Object.entries(lost).map(([cause, value]) => ({
      labels: { outcome: "lost", cause },
      value,
    })),
  ];
  return [
    gauge("peerlens_webhook_events_waiting", "Events that wait for the webhook", waiting),
    counter(
      "peerlens_webhook_events_total",
      "Events for the webhook, by what became of them",
      events,
    ),
  ];
}
