import { fileURLToPath } from "node:url";
import type { FromStreamMessage } from "@/protocol";
import type { Catalog } from "../../models/catalog.ts";
import { SECRET_ENV_NAMES, type ServerConfig } from "../base/config.ts";
import type { ChildCommand } from "../child/child_process.ts";
import { Supervisor, type SupervisorEvents } from "../child/supervisor.ts";
import type { SupervisorState } from "../child/supervisor_state.ts";
import { CHILD_FLAGS, type ChildConfig } from "../inference/child_config.ts";
import { inferencePermissions } from "../inference/inference_permissions.ts";
import {
  INFERENCE_LANES,
  type InferenceFacts,
  type InferenceTalk,
  type ToChild,
} from "../inference/ipc.ts";
import { addTotals } from "../inference/stats_total.ts";
import { type Log, plainFields } from "../base/log.ts";
import { rtcPlaceOf } from "../base/rtc_place.ts";
import { NO_TELEMETRY } from "../base/telemetry_env.ts";
import type { BulkLinks } from "../link/bulk.ts";
import type { PageName } from "../link/page.ts";
import type { IceServers } from "../rooms/ice_servers.ts";
import type { CameraFrames } from "./camera_streams.ts";
import { StreamGateway } from "./gateway.ts";
import type { InferenceProcess } from "./inference_process.ts";

/** Inference on this server: its process and its streams. */
export interface Inference {
  readonly gateway: StreamGateway;
  /** `null`: no process was started, see the gateway's state. */
  readonly supervisor: Supervisor<InferenceTalk> | null;
}

/** The same for the one that has it run. */
export interface RunningInference extends Inference {
  /** Starts the process, as soon as there is a model. */
  start(): void;
  /** The catalog is another one: the process, if there is one, is told. */
  modelsChanged(): void;
}

/** Several inference processes, used as if they were one. */
export interface ProcessPool extends InferenceProcess {
  /**
   * Takes in the process of this machine, and whom to tell of all of them.
   * @param local `null`: there is to be none.
   * @returns Whom that process's supervisor tells.
   */
  join(
    local: Pick<Supervisor<InferenceTalk>, "state" | "stats" | "send"> | null,
    events: SupervisorEvents<InferenceTalk>,
  ): SupervisorEvents<InferenceTalk>;
}

/** What inference on this server is started with. */
export interface InferenceOptions {
  readonly config: ServerConfig;
  /** The models of now, the one to start with first. */
  readonly catalog: () => Catalog;
  /** Folders in which they are, or will be. */
  readonly modelFolders: readonly string[];
  readonly log: Log;
  readonly bulk: BulkLinks;
  readonly tell: (viewer: PageName, message: FromStreamMessage) => void;
  readonly iceServers: IceServers;
  /** `null`: this server has no cameras. */
  readonly cameras: CameraFrames | null;
  /** Processes of other machines; `null`: there is this one's only. */
  readonly pool: ProcessPool | null;
}

/** Makes both ready for use. Without a model there is nothing that a process could run. */
export function makeInference(options: InferenceOptions): RunningInference {
  const { config, catalog, modelFolders, log, bulk, tell, iceServers, cameras, pool } = options;
  const limits = config.streams;
  const shortage = portShortage(config);
  if (shortage !== null) log.warn("few ports for frames", { reason: shortage });
  let isWanted = false;
  let running: Supervisor<InferenceTalk> | null = null;
  const supervisor = superviseInference({ config, catalog, modelFolders, log });
  const process = {
    get state(): SupervisorState<InferenceFacts> {
      const { problem } = catalog();
      return running === null && problem !== null
        ? { kind: "unable", message: problem }
        : supervisor.state;
    },
    get stats() {
      return supervisor.stats;
    },
    send: (message: ToChild, binary?: Uint8Array) => supervisor.send(message, binary),
  };
  const gateway = new StreamGateway({
    limits,
    process: pool ?? process,
    bulk,
    tell,
    iceServers,
    ...(cameras && { cameras }),
  });
  const isHere = config.inference === "all";
  const events = pool?.join(isHere ? process : null, gateway) ?? gateway;
  const startIfPossible = () => {
    if (!isHere || !isWanted || running !== null || catalog().present.length === 0) return;
    running = supervisor;
    supervisor.start(events);
  };
  return {
    gateway,
    get supervisor() {
      return running;
    },
    start() {
      isWanted = true;
      startIfPossible();
    },
    modelsChanged() {
      if (running === null) startIfPossible();
      else running.greetAgain();
    },
  };
}

/** What keeps an inference process of this machine running; not started yet. */
export function superviseInference(
  { config, catalog, modelFolders, log }: Pick<
    InferenceOptions,
    "config" | "catalog" | "modelFolders" | "log"
  >,
): Supervisor<InferenceTalk> {
  return new Supervisor<InferenceTalk>({
    name: "inference",
    lanes: INFERENCE_LANES,
    addTotals,
    command: (facts) => childCommand(childConfig({ config, modelFolders, facts })),
    greeting: () => offeredModels(catalog()),
    log: (level, event, fields = {}) => log[level](event, plainFields(fields)),
  });
}

/** What to tell the owner where fewer DataChannels fit than streams; `null`: all do. */
export function portShortage(
  { rtcPorts, streams: { maxStreams } }: Pick<ServerConfig, "rtcPorts" | "streams">,
): string | null {
  // One port is shared by all.
  if (rtcPorts === null || rtcPorts.begin === rtcPorts.end) return null;
  const ports = rtcPorts.end - rtcPorts.begin + 1;
  if (ports >= maxStreams) return null;
  return `--rtc-ports has ${ports} ports for ${maxStreams} streams (PEERLENS_MAX_STREAMS); ` +
    "frames of streams without a port come over the WebSocket";
}

/** What the inference process is told of the models. */
function offeredModels({ present }: Catalog): ToChild {
  return { kind: "models", models: present, defaultModelId: present[0]?.entry.id ?? "" };
}

/** What the inference process is told at its start. */
export function childConfig({ config, modelFolders, facts }: {
  readonly config: ServerConfig;
  readonly modelFolders: readonly string[];
  /** What an earlier one found out about this machine. */
  readonly facts: InferenceFacts | null;
}): ChildConfig {
  return {
    modelFolders,
    executionProvider: config.executionProvider,
    ...rtcPlaceOf(config),
    // Cameras have streams besides, never more of them than viewers have.
    maxStreams: config.streams.maxStreams * (config.cameras.specs.length > 0 ? 2 : 1),
    // Measured once.
    layout: facts?.isCalibrated
      ? { threads: facts.threadsPerSession, sessions: facts.sessions }
      : null,
  };
}

/** How the inference process is started. */
export function childCommand(config: ChildConfig): ChildCommand {
  return {
    path: Deno.execPath(),
    args: [
      "run",
      ...CHILD_FLAGS,
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
      ...NO_TELEMETRY,
    },
  };
}
