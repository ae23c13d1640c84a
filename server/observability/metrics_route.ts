import process from "node:process";
import type { Context, Hono } from "hono";
import type { ServerConfig } from "../base/config.ts";
import type { AppEnv } from "../base/security.ts";
import { bearerToken, isSecret } from "../base/secrets.ts";
import { APP_VERSION } from "../base/version.ts";
import { cameraFamilies, type CameraSources } from "./camera_families.ts";
import { exposition } from "./exposition.ts";
import type { Family } from "./family.ts";
import { inferenceFamilies, type InferenceSources } from "./inference_families.ts";
import { modelFamilies, type ModelSources } from "./model_families.ts";
import { outsideFamilies, type OutsideSources } from "./outside_families.ts";
import { poolFamilies, type PoolSources } from "./pool_families.ts";
import { refusalFamilies } from "./refusal_families.ts";
import { relayFamilies, type RelaySources } from "./relay_families.ts";
import { serverFamilies, type ServerSources } from "./server_families.ts";
import { exportMetrics } from "./telemetry.ts";

/** What the metrics are read from. */
export interface MetricSources
  extends
    OutsideSources,
    ModelSources,
    PoolSources,
    Pick<ServerSources, "hub" | "http" | "listeners" | "log" | "stalls"> {
  readonly config: Pick<ServerConfig, "mode" | "metricsToken" | "telemetry">;
  /** `null`: this server runs no models, and nothing of that is shown. */
  readonly inference: InferenceSources | null;
  /** `null`: this server passes no pictures on, and nothing of that is shown. */
  readonly relay: RelaySources | null;
  /** `null`: this server has no cameras, and nothing of that is shown. */
  readonly cameras: CameraSources | null;
  /** Whether a request comes from this very computer, and through no proxy or tunnel. */
  readonly isLocal: (c: Context<AppEnv>) => boolean;
}

const REFUSED = "The metrics are for this computer. From another one, start Peerlens with " +
  "PEERLENS_METRICS_TOKEN and send Authorization: Bearer <token>.\n";

/**
 * `GET /metrics`, for Prometheus: to whoever is at this computer, or brings the token. A wrong token is
 * refused from everywhere, so that one who has set it finds out.
 */
export function addMetrics(app: Hono<AppEnv>, sources: MetricSources): void {
  if (sources.config.telemetry !== null) exportMetrics(() => allFamilies(sources));
  app.get("/metrics", async (c) => {
    c.header("Cache-Control", "no-store");
    const token = bearerToken(c.req.raw.headers);
    const mayRead = token === null ? sources.isLocal(c) : isGood(token, sources.config);
    if (!mayRead) return c.text(REFUSED, 403);
    const { text, contentType } = await exposition(allFamilies(sources));
    return c.body(text, 200, { "Content-Type": contentType });
  });
}

function isGood(token: string, { metricsToken }: MetricSources["config"]): boolean {
  return metricsToken !== null && isSecret(token, metricsToken);
}

/** Every metric there is, as of now. */
export function allFamilies(sources: MetricSources): Family[] {
  const { config, hub, http, listeners, log, stalls, inference, relay, cameras } = sources;
  const build = { version: APP_VERSION, deno: Deno.version.deno, mode: config.mode };
  return [
    ...serverFamilies({ hub, http, listeners, log, stalls, build, usage: usageOfThisProcess }),
    ...refusalFamilies(sources),
    ...(inference === null ? [] : inferenceFamilies(inference)),
    ...(relay === null ? [] : relayFamilies(relay)),
    ...(cameras === null ? [] : cameraFamilies(cameras)),
    ...poolFamilies(sources),
    ...modelFamilies(sources),
    ...outsideFamilies(sources),
  ];
}

function usageOfThisProcess() {
  const { user, system } = process.cpuUsage();
  return {
    rssBytes: Deno.memoryUsage().rss,
    cpuMs: (user + system) / 1000,
    uptimeMs: performance.now(),
  };
}
