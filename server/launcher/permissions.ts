import { ENV_NAMES, type ServerConfig } from "../base/config.ts";
import { IMAGE_VARIABLE } from "../base/flags.ts";
import { hasCameraProcess } from "../base/camera_config.ts";
import { inUrl } from "../base/listen.ts";
import { natsFiles } from "../base/nats_config.ts";

/** A program that opens a tunnel, as far as permissions go. */
export interface TunnelProgram {
  /** As it is called on `PATH`. */
  readonly program: string;
  /** Domains of its service. */
  readonly domains: readonly string[];
  /** Else Deno stands in for it. */
  readonly isInstalled: boolean;
}

/** What of this computer the server asks the system for: addresses and name for its links. */
const SYSTEM_FACTS = ["networkInterfaces", "hostname"] as const;

/** Folders of the repo that the server reads; all of it is code or meant to be served. */
const OWN_FOLDERS = ["server", "crates/vision", "models", "dist", "node_modules", "deno.json"];

/**
 * The least that the server's process needs, as flags of `deno run`: to listen, to read what it
 * serves, and to write its own data folder and nothing else. It opens no connection of its own but
 * to a configured webhook, to WHEP endpoints and to NATS. Where inference on this server is offered, or it has cameras, it may also start
 * Deno, for the process that has these. For changes of the models it may neither write to their folder nor start a program:
 * it asks its launcher, over a channel that needs no permission (`../models/orders.ts`). With a tunnel it may start that one program, and ask addresses of its service whether they lead here.
 *
 * @param facts Path of the Deno that runs the server; what opens its tunnel, `null`: it has none.
 */
export function serverPermissions(
  config: ServerConfig,
  { deno = Deno.execPath(), tunnel = null }: {
    readonly deno?: string;
    readonly tunnel?: TunnelProgram | null;
  } = {},
): string[] {
  const { dataDir, modelPath, tls, host, httpPort, httpsPort, secretFiles, webhook, nats } = config;
  const read = [...OWN_FOLDERS, dataDir, ...modelPath, ...secretFiles];
  if (tls !== null) read.push(tls.certFile, tls.keyFile);
  if (nats !== null) read.push(...natsFiles(nats));
  // A port of 0 stands for one that is not known before it is taken.
  const net = httpPort === 0 || httpsPort === 0
    ? [inUrl(host)]
    : [`${inUrl(host)}:${httpPort}`, `${inUrl(host)}:${httpsPort}`];
  const hasInference = config.mode !== "wasm" && config.inference !== "remote";
  const hasProcess = hasInference || hasCameraProcess(config.cameras);
  const run = hasProcess ? [deno] : [];
  if (tunnel !== null) {
    const { program, domains, isInstalled } = tunnel;
    net.push("127.0.0.1:0", ...domains.map((domain) => `*.${domain}:443`));
    if (isInstalled) run.push(program);
    else if (!hasProcess) run.push(deno);
  }
  if (webhook !== null) net.push(webhook.net);
  net.push(...whepHosts(config.cameras.specs));
  if (nats !== null) net.push(...nats.servers);
  return [
    "--no-prompt",
    `--allow-net=${net.join(",")}`,
    `--allow-read=${read.map(escapeComma).join(",")}`,
    `--allow-write=${escapeComma(dataDir)}`,
    `--allow-env=${[...ENV_NAMES, IMAGE_VARIABLE].join(",")}`,
    `--allow-sys=${SYSTEM_FACTS.join(",")}`,
    ...(run.length === 0 ? [] : [`--allow-run=${run.map(escapeComma).join(",")}`]),
  ];
}

/** Host and port of each endpoint that pages may be led to. */
function whepHosts(specs: ServerConfig["cameras"]["specs"]): string[] {
  const hosts = specs.filter(({ kind }) => kind === "whep").map(({ source }) => {
    const { hostname, port, protocol } = new URL(source);
    return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
  });
  return [...new Set(hosts)];
}

/** What of a worker's configuration its permissions follow from. */
type OfWorker = Pick<ServerConfig, "modelPath" | "secretFiles" | "nats" | "workerPort" | "host">;

/**
 * The least that a worker's process needs: to reach NATS and nothing else, to read code and models, to
 * start Deno for the process that examines frames, and to listen where it says how it is, if anywhere. It
 * writes nothing.
 */
export function workerPermissions(
  { modelPath, secretFiles, nats, workerPort, host }: OfWorker,
  deno = Deno.execPath(),
): string[] {
  const net = nats === null ? [] : [...nats.servers];
  if (workerPort !== null) net.push(`${inUrl(host)}:${workerPort}`);
  const read = [...OWN_FOLDERS, ...modelPath, ...secretFiles];
  if (nats !== null) read.push(...natsFiles(nats));
  return [
    "--no-prompt",
    ...(net.length === 0 ? [] : [`--allow-net=${net.join(",")}`]),
    `--allow-read=${read.map(escapeComma).join(",")}`,
    `--allow-env=${[...ENV_NAMES, IMAGE_VARIABLE].join(",")}`,
    "--allow-sys=hostname",
    `--allow-run=${escapeComma(deno)}`,
  ];
}

/** A comma separates paths in these flags; two of them stand for one in a name. */
function escapeComma(path: string): string {
  return path.replaceAll(",", ",,");
}
