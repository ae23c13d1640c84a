import type { Catalog } from "../../models/catalog.ts";
import type { ServerConfig } from "../base/config.ts";
import type { BusState } from "../bus/bus.ts";
import type { Stalls } from "../base/event_loop.ts";
import type { InferenceStats } from "../inference/ipc.ts";
import { sentenceOf } from "../child/supervisor_state.ts";
import { isFile, NOT_BUILT } from "../base/static_files.ts";
import type { Inference } from "../streams/inference.ts";
import { APP_VERSION } from "../base/version.ts";

/** What the documents are made from. */
export interface HealthSources {
  readonly config: Pick<ServerConfig, "mode">;
  /** Folder of the built client. */
  readonly dist: string;
  readonly catalog: () => Catalog;
  /** `null`: this server runs no models itself. */
  readonly inference: Inference | null;
  /** `null`: this server passes no pictures on. */
  readonly relay: { counts(): object; readonly counters: object } | null;
  /** `null`: this server has no cameras. */
  readonly cameras: {
    readonly rooms: { counts(): object };
    readonly supervisor: { readonly stats: object | null } | null;
  } | null;
  /** `null`: none is configured. */
  readonly webhook: { readonly counts: object } | null;
  /** The way to other nodes; `null`: this is the only one. */
  readonly bus: { readonly state: BusState; readonly counts: object } | null;
  /** Rooms on other nodes; `null`: this is the only one. */
  readonly nodes: { readonly health: object } | null;
  /** Processes of other machines that frames may go to as well; `null`: there is this one's only. */
  readonly pool: {
    offered(): Catalog;
    members(): readonly object[];
    readonly counts: object;
    readonly refusedModels: readonly string[];
  } | null;
  /** `null`: not measured. */
  readonly stalls: { read(): Stalls } | null;
  /** `null`: nothing listens. */
  readonly listeners: { deaf(): readonly string[] } | null;
  /** Names this process. No secret. */
  readonly instance: string;
}

/** All that strangers are told. @param instance Names this process: the tunnel's address is checked by it. */
export function publicHealth(instance: string) {
  return { app: "peerlens", status: "ok", instance };
}

/** The document of `GET /healthz`: this process lives, and how it is. @param startMs Of the app. */
export function healthDocument(
  { inference, pool, relay, cameras, webhook, bus, nodes, stalls, instance }: HealthSources,
  startMs: number,
) {
  return {
    ...publicHealth(instance),
    version: APP_VERSION,
    uptimeS: Math.floor((performance.now() - startMs) / 1000),
    eventLoop: stalls?.read() ?? null,
    inference: inference && { ...inferenceHealth(inference), ...(pool && poolHealth(pool)) },
    relay: relay && { ...relay.counts(), ...relay.counters },
    // By how they are; neither their names nor where their pictures come from.
    cameras: cameras && { ...cameras.rooms.counts(), process: cameras.supervisor?.stats ?? null },
    webhook: webhook && webhook.counts,
    nats: bus && { ...bus.state, ...bus.counts },
    nodes: nodes && nodes.health,
  };
}

function inferenceHealth({ gateway, supervisor }: Inference) {
  const { state } = gateway;
  const stats = supervisor?.stats ?? null;
  return {
    state: state.kind,
    facts: state.kind === "ready" ? state.facts : null,
    gateway: { ...gateway.counts(), ...supervisor?.counts },
    process: stats && withoutHistograms(stats),
  };
}

function poolHealth(pool: NonNullable<HealthSources["pool"]>) {
  return { members: pool.members(), ...pool.counts, refusedModels: pool.refusedModels };
}

/** Those are for `/metrics`. */
function withoutHistograms(stats: InferenceStats) {
  const { stagesMs: _stages, frameMs: _frames, lagMs: _lag, ...figures } = stats;
  return figures;
}

/** The document of `GET /readyz`: whether the server can do all that it was started for. */
export async function readinessOf(
  { dist, catalog, config, inference, listeners, bus }: Omit<
    HealthSources,
    "relay" | "cameras" | "webhook" | "nodes" | "stalls" | "instance" | "pool"
  >,
): Promise<{ ready: boolean; reasons: string[]; inference: string | null; nats: string | null }> {
  const { problem } = catalog();
  const built = await isFile(`${dist}/viewer.html`) && await isFile(`${dist}/phone.html`);
  const fault = inference && sentenceOf("Detection on this server", inference.gateway.state);
  const reasons = [
    ...(listeners?.deaf() ?? []).map((port) => `The ${port} port takes no connections.`),
    ...(built ? [] : [NOT_BUILT]),
    ...(problem === null ? [] : [problem]),
    // In auto mode viewers do without it meanwhile.
    ...(fault === null || problem !== null || config.mode === "auto" ? [] : [fault]),
  ];
  return {
    ready: reasons.length === 0,
    reasons,
    inference: inference?.gateway.state.kind ?? null,
    // No reason to send nobody here: without NATS all nodes would be unready at once, and each goes on
    // with the rooms that it has.
    nats: bus && (bus.state.kind === "away" ? `away: ${bus.state.reason}` : bus.state.kind),
  };
}
