import type { AppDeps } from "./app.ts";
import type { InferenceStats } from "./inference/ipc.ts";
import { sentenceOf } from "./inference/supervisor_state.ts";
import { relayHealth } from "./relay/relay.ts";
import { isFile } from "./static_files.ts";
import type { Inference } from "./streams/inference.ts";
import { APP_VERSION } from "./version.ts";

/** What a person does about pages that are not there. */
export const NOT_BUILT =
  "The pages are not built: run `deno task build`, or start with ./start.sh.";

/** All that strangers are told. @param instance Names this process: the tunnel's address is checked by it. */
export function publicHealth(instance: string) {
  return { app: "peerlens", status: "ok", instance };
}

/** The document of `GET /healthz`: this process lives, and how it is. @param startMs Of the app. */
export function healthDocument(
  { inference, relay, webhook, stalls, instance }: AppDeps,
  startMs: number,
) {
  return {
    ...publicHealth(instance),
    version: APP_VERSION,
    uptimeS: Math.floor((performance.now() - startMs) / 1000),
    eventLoop: stalls?.read() ?? null,
    inference: inference && inferenceHealth(inference),
    relay: relayHealth(relay),
    webhook: webhook && webhook.counts,
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

/** Those are for `/metrics`. */
function withoutHistograms(stats: InferenceStats) {
  const { stagesMs: _stages, frameMs: _frames, lagMs: _lag, ...figures } = stats;
  return figures;
}

/** The document of `GET /readyz`: whether the server can do all that it was started for. */
export async function readinessOf(
  { dist, catalog, config, inference }: AppDeps,
): Promise<{ ready: boolean; reasons: string[]; inference: string | null }> {
  const { problem } = catalog();
  const built = await isFile(`${dist}/viewer.html`) && await isFile(`${dist}/phone.html`);
  const fault = inference && sentenceOf(inference.gateway.state);
  const reasons = [
    ...(built ? [] : [NOT_BUILT]),
    ...(problem === null ? [] : [problem]),
    // In auto mode viewers do without it meanwhile.
    ...(fault === null || problem !== null || config.mode === "auto" ? [] : [fault]),
  ];
  return { ready: reasons.length === 0, reasons, inference: inference?.gateway.state.kind ?? null };
}
