import {
  DEFAULT_MAX_PHONES,
  DEFAULT_MAX_VIEWERS,
  type IceServer,
  MAX_DETECTION_FPS,
  type Profile,
  profileSchema,
} from "@/protocol";
import {
  type Given,
  oneOf,
  toFolders,
  toIceServers,
  toInteger,
  toNetworks,
  toPortRange,
  toPublicHost,
  toToken,
} from "./config_values.ts";
import { type FlagName, FLAGS, type Flags, UsageError } from "./flags.ts";
import { type CameraConfig, toCameras } from "./camera_config.ts";
import { type NatsConfig, toNats } from "./nats_config.ts";
import { toWebhook, type WebhookConfig } from "./webhook_config.ts";
import {
  DEFAULT_MAX_RELAYS,
  type HubLimits,
  type RelayConfig,
  type StreamLimits,
} from "./limits.ts";
import type { IpNetwork } from "./ip_network.ts";
import { LOG_FORMATS, LOG_LEVELS, type LogFormat, type LogLevel } from "./log.ts";
import { secretPaths, withSecretFiles } from "./secret_files.ts";
import {
  DEFAULT_TURN_TTL_S,
  readTurnConfig,
  TURN_FOR,
  type TurnConfig,
  type TurnFor,
} from "./turn_config.ts";
import { SECRET_VARIABLES, VARIABLES } from "./variables.ts";

/**
 * Everything that can be set from outside, complete and checked. This file is long for its many settings,
 * each of which is described here.
 */
export interface ServerConfig {
  /** Where viewers start. `wasm`: inference on this server is not offered. @default {"wasm"} */
  readonly mode: ServerMode;
  /** What phones are asked for first. @default {"balanced"} */
  readonly profile: Profile;
  /** Detections a second at most that viewers start with; `null`: as the profile has it. @default {null} */
  readonly detectionFps: number | null;
  /** 0: any free one. @default {3000} */
  readonly httpPort: number;
  /** 0: any free one. @default {3443} */
  readonly httpsPort: number;
  /** Address to listen on. @default {"0.0.0.0"} */
  readonly host: string;
  /** Name or address for links, certificate and Host check; `port` where it is not `httpsPort`. */
  readonly publicHost: { readonly name: string; readonly port: number | null } | null;
  /** Proxies that may say who asked them. @default {[]} */
  readonly trustedProxies: readonly IpNetwork[];
  /** Id of the model to start with; `null`: the best one present. */
  readonly model: string | null;
  /** PEM files to use instead of a certificate of our own. */
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null;
  /** Whether to draw the QR code in the terminal. @default {true} */
  readonly showQr: boolean;
  /** @default {"info"} */
  readonly logLevel: LogLevel;
  /** `auto`: text for a person at a terminal, else JSON. @default {"auto"} */
  readonly logFormat: LogFormat | "auto";
  /**
   * Whether Deno exports traces, metrics and the console by OpenTelemetry, and what it then does with
   * the console: `capture` prints it as well, `replace` does not, `ignore` does not export it.
   * @default {null}
   */
  readonly telemetry: TelemetryConsole | null;
  /** Folder of what is kept between starts. @default {".data"} */
  readonly dataDir: string;
  /** Further folders in which model files are looked for. */
  readonly modelPath: readonly string[];
  /** For `RTCConfiguration.iceServers`, as they stand. Holds secrets. @default {[]} */
  readonly iceServers: IceServer[];
  /** A TURN server for which this one makes credentials. @default {null} */
  readonly turn: TurnConfig | null;
  /** Whose rooms get credentials, made ones and those of `iceServers`. @default {"owners"} */
  readonly turnFor: TurnFor;
  /** Network device whose address phones are led to first; `null`: not known. @default {null} */
  readonly defaultDevice: string | null;
  /**
   * Whose addresses this process sees. `bridge`: those of a container's own network, which lead no
   * phone here. @default {"host"}
   */
  readonly network: "host" | "bridge";
  /** Files that this process may have open. @default {1024} */
  readonly openFiles: number;
  /** Bounds of rooms and connections. */
  readonly limits: HubLimits;
  /** What runs the models in server mode. @default {"auto"} */
  readonly executionProvider: ExecutionProvider;
  /** Where a worker says how it is; `null`: nowhere. @default {null} */
  readonly workerPort: number | null;
  /** UDP ports for frames, both ends included; `null`: any. @default {null} */
  readonly rtcPorts: { readonly begin: number; readonly end: number } | null;
  /** Opens `/api/detect` without a room. Secret. @default {null} */
  readonly apiToken: string | null;
  /** Opens `/metrics` to other computers. Secret. @default {null} */
  readonly metricsToken: string | null;
  /** Pictures passed on between pages that have no path to each other. */
  readonly relay: RelayConfig;
  /** Cameras of the server. */
  readonly cameras: CameraConfig;
  /** Where events of zones are sent. @default {null} */
  readonly webhook: WebhookConfig | null;
  /** What examines frames: this computer and workers, or workers only. @default {"all"} */
  readonly inference: InferencePlace;
  /** Where the nodes of a Peerlens on several machines meet. @default {null} */
  readonly nats: NatsConfig | null;
  /** Bounds of streams of frames. */
  readonly streams: StreamLimits;
  /** What opens a public address, and whether there is a token for ngrok. @default {null} */
  readonly tunnel: { readonly name: TunnelName; readonly hasToken: boolean } | null;
  /** Asked of viewers on other computers; `made`: drawn at the start. Secret. @default {null} */
  readonly password: { readonly kind: "given"; readonly text: string } | { kind: "made" } | null;
  /** Signs the cookies of those who gave the password; `null`: drawn at the start. Secret. */
  readonly cookieSecret: string | null;
  /** Files that secrets were read from. */
  readonly secretFiles: readonly string[];
}

const SERVER_MODES = ["wasm", "server", "auto"] as const;
/** See {@linkcode ServerConfig.mode}. */
export type ServerMode = (typeof SERVER_MODES)[number];

const INFERENCE_PLACES = ["all", "remote"] as const;
/** See {@linkcode ServerConfig.inference}. */
export type InferencePlace = (typeof INFERENCE_PLACES)[number];

/** What may be asked to run the models; `auto` takes a GPU where one works, else the CPU. */
const EXECUTION_PROVIDERS = ["cpu", "cuda", "dml", "coreml", "auto"] as const;
/** See {@linkcode ServerConfig.executionProvider}. */
export type ExecutionProvider = (typeof EXECUTION_PROVIDERS)[number];

/** Programs that can open a public address for this server. */
export const TUNNEL_NAMES = ["cloudflared", "ngrok", "localtunnel"] as const;
/** See {@linkcode ServerConfig.tunnel}. */
export type TunnelName = (typeof TUNNEL_NAMES)[number];

const TELEMETRY_CONSOLE = ["capture", "replace", "ignore"] as const;
/** See {@linkcode ServerConfig.telemetry}. */
export type TelemetryConsole = (typeof TELEMETRY_CONSOLE)[number];

/** A process environment, or a part of it. */
export type Env = Readonly<Record<string, string | undefined>>;

/** What no process but the server is to have. */
export const SECRET_ENV_NAMES: readonly string[] = [
  ...SECRET_VARIABLES,
  "PEERLENS_ICE_SERVERS",
  "NGROK_AUTHTOKEN",
  "OTEL_EXPORTER_OTLP_HEADERS",
];

/** Every variable that the server reads: its whole `--allow-env` list. */
export const ENV_NAMES: readonly string[] = [
  ...FLAGS.map((flag): string => flag.env).filter((name) => name !== "none"),
  ...VARIABLES.map(({ name }) => name),
  ...SECRET_VARIABLES.map((name) => `${name}_FILE`),
];

/**
 * Reads those variables, and the files of secrets. The one place that touches `Deno.env`.
 * @throws {UsageError} If such a file cannot be read.
 */
export function readEnv(): Env {
  const env = Object.fromEntries(ENV_NAMES.map((name) => [name, Deno.env.get(name)]));
  return withSecretFiles(env, SECRET_VARIABLES, Deno.readTextFileSync);
}

/**
 * Resolves flags, environment and defaults, in that order.
 * @throws {UsageError} Naming the flag or variable whose value cannot be used.
 */
export function loadConfig({ env, flags }: { env: Env; flags: Flags }): ServerConfig {
  const given = givenBy(env, flags);
  const certFile = given("tls-cert").value;
  const keyFile = given("tls-key").value;
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError("--tls-cert and --tls-key belong together: only one of them is set");
  }
  const named = (name: string): Given => ({ source: name, value: env[name] || undefined });
  const count = (name: string, fallback: number, max: number) =>
    toInteger(named(name), { fallback, min: 1, max });
  const nats = toNats(given("nats"), { creds: given("nats-creds"), env });
  const password = toPassword(given("password"));
  const cookieSecret = toToken("PEERLENS_COOKIE_SECRET", env) ?? nats?.clusterSecret ?? null;
  if (nats !== null && password !== null) {
    if (password.kind === "made") {
      throw new UsageError(
        `${
          given("password").source
        } needs a value with --nats: all nodes ask for the same password`,
      );
    }
    if (cookieSecret === null) {
      throw new UsageError(
        `${given("password").source} needs PEERLENS_CLUSTER_SECRET with --nats, the same on all ` +
          "nodes: who signed in on one is known to the others by it",
      );
    }
  }
  const inference = oneOf(given("inference"), INFERENCE_PLACES, "all");
  if (inference === "remote" && nats === null) {
    throw new UsageError(
      `${given("inference").source} remote needs --nats, which workers are met by`,
    );
  }
  const joinsPerSecond = count("PEERLENS_JOINS_PER_SECOND", 10, 100_000);

  return Object.freeze({
    mode: oneOf(given("mode"), SERVER_MODES, "wasm"),
    profile: oneOf(given("profile"), profileSchema.options, "balanced"),
    detectionFps: toDetectionFps(given("fps")),
    httpPort: toInteger(given("port"), { fallback: 3000, min: 0, max: 65535 }),
    httpsPort: toInteger(given("https-port"), { fallback: 3443, min: 0, max: 65535 }),
    host: given("host").value ?? "0.0.0.0",
    publicHost: toPublicHost(given("public-host")),
    trustedProxies: toNetworks(given("trusted-proxy")),
    model: given("model").value ?? null,
    tls: certFile === undefined ? null : { certFile, keyFile: keyFile! },
    showQr: given("no-qr").value === undefined,
    logLevel: oneOf(named("LOG_LEVEL"), LOG_LEVELS, "info"),
    logFormat: oneOf(named("PEERLENS_LOG"), ["auto", ...LOG_FORMATS] as const, "auto"),
    telemetry: toTelemetry(env),
    dataDir: env["PEERLENS_DATA_DIR"] || ".data",
    modelPath: toFolders(env["PEERLENS_MODELS"]),
    iceServers: toIceServers(env["PEERLENS_ICE_SERVERS"]),
    turn: readTurnConfig(given("turn-url"), {
      secret: toToken("PEERLENS_TURN_SECRET", env),
      ttlS: count("PEERLENS_TURN_TTL_S", DEFAULT_TURN_TTL_S, 86_400),
    }),
    turnFor: oneOf(named("PEERLENS_TURN_FOR"), TURN_FOR, "owners"),
    defaultDevice: env["PEERLENS_DEFAULT_DEVICE"] || null,
    network: oneOf(named("PEERLENS_NETWORK"), ["host", "bridge"] as const, "host"),
    limits: {
      maxRooms: count("PEERLENS_MAX_ROOMS", 500, 100_000),
      maxPhones: count("PEERLENS_MAX_PHONES", DEFAULT_MAX_PHONES, 64),
      maxViewers: count("PEERLENS_MAX_VIEWERS", DEFAULT_MAX_VIEWERS, 64),
      maxSocketsPerAddress: count("PEERLENS_MAX_SOCKETS_PER_ADDRESS", 64, 100_000),
      roomIdleTtlMs: count("PEERLENS_ROOM_IDLE_TTL_S", 1800, 30 * 86_400) * 1000,
      // Six seconds' worth at once: a whole room comes back together after a restart.
      joins: { perSecond: joinsPerSecond, burst: joinsPerSecond * 6 },
    },
    openFiles: count("PEERLENS_OPEN_FILES", 1024, 100_000_000),
    executionProvider: oneOf(given("ep"), EXECUTION_PROVIDERS, "auto"),
    workerPort: env["PEERLENS_WORKER_PORT"] ? count("PEERLENS_WORKER_PORT", 1, 65_535) : null,
    rtcPorts: toPortRange(given("rtc-ports")),
    apiToken: toToken("PEERLENS_API_TOKEN", env),
    metricsToken: toToken("PEERLENS_METRICS_TOKEN", env),
    cameras: toCameras(given("camera"), env["PEERLENS_FFMPEG"] || null),
    webhook: toWebhook(given("webhook"), env["PEERLENS_WEBHOOK_SECRET"]),
    inference,
    nats,
    // Two: while a viewer renews its stream, the old one has not gone yet.
    streams: { maxStreams: count("PEERLENS_MAX_STREAMS", 32, 1024), maxStreamsPerViewer: 2 },
    relay: {
      isOn: oneOf(given("relay"), ["on", "off"] as const, "on") === "on",
      maxRelays: count("PEERLENS_MAX_RELAYS", DEFAULT_MAX_RELAYS, 1024),
    },
    tunnel: toTunnel(given("tunnel"), { isNgrok: flags.ngrok !== undefined, env }),
    password,
    cookieSecret,
    secretFiles: secretPaths(env, SECRET_VARIABLES),
  });
}

function givenBy(env: Env, flags: Flags): (name: FlagName) => Given {
  return (name) => {
    if (flags[name] !== undefined) return { source: `--${name}`, value: flags[name] };
    const source = FLAGS.find((flag) => flag.name === name)!.env;
    // An empty variable is how compose files and shells say "not set".
    return { source, value: env[source] || undefined };
  };
}

function toDetectionFps(given: Given): number | null {
  if (given.value === undefined) return null;
  return toInteger(given, { fallback: 1, min: 1, max: MAX_DETECTION_FPS });
}

function toTunnel(
  given: Given,
  { isNgrok, env }: { isNgrok: boolean; env: Env },
): ServerConfig["tunnel"] {
  const isOther = given.source === "--tunnel" && given.value !== "ngrok";
  if (isNgrok && isOther) throw new UsageError("--ngrok and --tunnel name two tunnels: choose one");
  if (!isNgrok && given.value === undefined) return null;
  const name = isNgrok ? "ngrok" : oneOf(given, TUNNEL_NAMES, "ngrok");
  return { name, hasToken: (env["NGROK_AUTHTOKEN"] ?? "") !== "" };
}

/** The value is not repeated when it is refused. */
function toPassword({ source, value }: Given): ServerConfig["password"] {
  if (value === undefined) return null;
  if (value === "") return { kind: "made" };
  if (value.length >= 8 && value.length <= 256 && value === value.trim()) {
    return { kind: "given", text: value };
  }
  throw new UsageError(`${source} must have 8 to 256 characters, and no space at either end`);
}

/** As Deno itself reads them; it refuses other values before we run. */
function toTelemetry(env: Env): TelemetryConsole | null {
  if (env["OTEL_DENO"]?.toLowerCase() !== "true") return null;
  const given = { source: "OTEL_DENO_CONSOLE", value: env["OTEL_DENO_CONSOLE"] };
  return oneOf(given, TELEMETRY_CONSOLE, "capture");
}
