import { type ClientConfig, PROTOCOL_VERSION } from "@/protocol";
import type { Catalog } from "../../models/catalog.ts";
import type { ServerConfig } from "../base/config.ts";
import { APP_VERSION } from "../base/version.ts";
import { servedModels } from "../models/served_models.ts";

/** The document of `GET /api/config`. @param catalog With the model to start with first. */
export function clientConfig(
  config: ServerConfig,
  catalog: Catalog,
  toVisitor: Pick<
    ClientConfig,
    "joinOrigins" | "joinProblem" | "webhook" | "isSignedIn" | "mayChangeModels"
  >,
): ClientConfig {
  const { maxPhones, maxViewers } = config.limits;
  return {
    protocolVersion: PROTOCOL_VERSION,
    version: APP_VERSION,
    mode: config.mode,
    modes: config.mode === "wasm" ? ["wasm", "off"] : ["wasm", "server", "auto", "off"],
    profile: config.profile,
    detectionFps: config.detectionFps,
    ...toVisitor,
    limits: { maxPhones, maxViewers },
    relay: config.relay.isOn,
    ...servedModels(catalog),
  };
}
