import { counter, type Family, gauge, type Sample } from "./family.ts";

/** Of events for the webhook. */
export interface WebhookCounts {
  readonly waiting: number;
  readonly delivered: number;
  /** By cause. */
  readonly lost: Readonly<Record<string, number>>;
}

/** What is asked of the ways out of this computer. `null`: there is none of that kind. */
export interface OutsideSources {
  readonly webhook: { readonly counts: WebhookCounts } | null;
  readonly tunnel: { readonly host: string | null } | null;
}

/** Metrics of the webhook and the tunnel, where they are configured. */
export function outsideFamilies({ webhook, tunnel }: OutsideSources): Family[] {
  return [
    ...(webhook === null ? [] : webhookFamilies(webhook.counts)),
    ...(tunnel === null ? [] : [
      gauge("peerlens_tunnel_up", "Whether the tunnel has an address now", +(tunnel.host !== null)),
    ]),
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
