import type { Listeners } from "../base/listen.ts";
import type { GatewayCounts } from "../streams/gateway.ts";
import type { InferenceTotals } from "../inference/ipc.ts";
import { counter, type Family, type Sample } from "./family.ts";

/** Who refuses, or ends, what is over a bound and has no metric of its own. `null`: not there. */
export interface RefusalSources {
  readonly listeners: Pick<Listeners, "cuts"> | null;
  readonly inference: {
    readonly gateway: { counts(): Pick<GatewayCounts, "streamsRefused"> };
    readonly supervisor: { readonly totals: Pick<InferenceTotals, "modelsRefused"> | null } | null;
  } | null;
  readonly relay: { readonly counters: { readonly viewersRefused: number } } | null;
}

/** What was over a bound of ours, by what it was and why. */
export function refusalFamilies({ listeners, inference, relay }: RefusalSources): Family[] {
  const totals = inference?.supervisor?.totals ?? null;
  const samples = [
    ...(listeners === null ? [] : of("connection", listeners.cuts)),
    ...(inference === null ? [] : of("stream", {
      "too-many-streams": inference.gateway.counts().streamsRefused,
    })),
    ...(totals === null ? [] : of("model", totals.modelsRefused)),
    ...(relay === null ? [] : of("relay", { "too-many": relay.counters.viewersRefused })),
  ];
  return [counter(
    "peerlens_refusals_total",
    "What was refused or ended as it was over a bound, by kind and cause",
    samples,
  )];
}

function of(kind: string, counts: Readonly<Record<string, number>>): Sample[] {
  return Object.entries(counts).map(([cause, value]) => ({ labels: { of: kind, cause }, value }));
}
