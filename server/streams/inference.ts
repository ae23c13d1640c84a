import { isIP } from "node:net";
import { fileURLToPath } from "node:url";
import type { FromStreamMessage } from "@/protocol";
import type { Catalog } from "../../models/catalog.ts";
import { chosenFirst } from "../client_config.ts";
import { SECRET_ENV_NAMES, type ServerConfig } from "../config.ts";
import type { ChildCommand } from "../inference/child_process.ts";
import type { ChildConfig } from "../inference/child_config.ts";
import { inferencePermissions } from "../inference/inference_permissions.ts";
import type { InferenceFacts } from "../inference/ipc.ts";
import { Supervisor } from "../inference/supervisor.ts";
import type { Log, LogFields } from "../log.ts";
import type { BulkLinks } from "../link/bulk.ts";
import type { PageName } from "../link/page.ts";
import type { IceServers } from "../signaling/ice_servers.ts";
import { StreamGateway } from "./gateway.ts";

/** Inference on this server: its process and its streams. */
export interface Inference {
  readonly gateway: StreamGateway;
  /** `null`: no process was started, see the gateway's state. */
  readonly supervisor: Supervisor | null;
}

/** What inference on this server is started with. */
export interface InferenceOptions {
  readonly config: ServerConfig;
  readonly catalog: Catalog;
  readonly log: Log;
  readonly bulk: BulkLinks;
  readonly tell: (viewer: PageName, message: FromStreamMessage) => void;
  readonly iceServers: IceServers;
}

/**
 * Makes both ready for use; starting the process, with the gateway as the supervisor's events, is the
 * caller's. Without a model there is nothing that a process could run.
 */
export function makeInference(options: InferenceOptions): Inference {
  const { config, catalog, log, bulk, tell, iceServers } = options;
  const limits = config.streams;
  if (catalog.problem !== null) {
    const state = { kind: "unable", message: catalog.problem } as const;
    const gateway = new StreamGateway({ limits, process: { state, send() {} }, bulk, tell });
    return { gateway, supervisor: null };
  }
  const supervisor = new Supervisor({
    command: (facts) => childCommand(childConfig(config, catalog, facts)),
    log: (level, event, fields = {}) => log[level](event, plain(fields)),
  });
  const gateway = new StreamGateway({ limits, process: supervisor, bulk, tell, iceServers });
  return { gateway, supervisor };
}

/** What the inference process is told. @param facts What an earlier one found out about this machine. */
export function childConfig(
  config: ServerConfig,
  catalog: Catalog,
  facts: InferenceFacts | null,
): ChildConfig {
  const models = chosenFirst(catalog, config.model);
  const publicHost = config.publicHost?.name.replace(/^\[(.*)\]$/, "$1") ?? null;
  return {
    models,
    defaultModelId: models[0]!.entry.id,
    executionProvider: config.executionProvider,
    rtcPorts: config.rtcPorts,
    // A name would have to be looked up; a browser does that for the page, not for candidates.
    publicHost: publicHost !== null && isIP(publicHost) !== 0 ? publicHost : null,
    host: config.host,
    maxStreams: config.streams.maxStreams,
    // Measured once: a restart is to be quick.
    layout: facts && { threads: facts.threadsPerSession, sessions: facts.sessions },
  };
}

/** How the inference process is started. */
export function childCommand(config: ChildConfig): ChildCommand {
  return {
    path: Deno.execPath(),
    args: [
      "run",
      "--quiet",
      ...inferencePermissions(config),
      "server/inference/main.ts",
      JSON.stringify(config),
    ],
    cwd: fileURLToPath(new URL("../../", import.meta.url)),
    env: {
      // No secret of the server's goes where native code reads what strangers send.
      ...Object.fromEntries(SECRET_ENV_NAMES.map((name) => [name, ""])),
      // Else onnxruntime (1.30, on Linux) reports its use to its makers, and overflows the stack of a
      // lane's Worker at times.
      ORT_DISABLE_TELEMETRY: "1",
      // Its figures are the server's to tell, so it has nothing to export.
      OTEL_DENO: "false",
    },
  };
}

/** A log's fields are one level deep. */
function plain(fields: Readonly<Record<string, unknown>>): LogFields {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      ["string", "number", "boolean"].includes(typeof value)
        ? value as string | number | boolean
        : JSON.stringify(value) ?? null,
    ]),
  );
}
