import type { FromServerMessage, ModelEntry } from "@/protocol";
import type { Catalog } from "../../models/catalog.ts";
import { type NetworkInterface, resolveAddresses } from "../base/addresses.ts";
import { type AppDeps, createApp } from "../app.ts";
import { type Env, loadConfig } from "../base/config.ts";
import { noCuts } from "../base/http/conn_stream.ts";
import { HttpListener, type HttpListenerOptions } from "../base/http/http_listener.ts";
import { Places } from "../base/http/places.ts";
import { HALF_READ_BYTES } from "../base/listen.ts";
import type { Webhook } from "../events/webhook.ts";
import type { Flags } from "../base/flags.ts";
import { Log } from "../base/log.ts";
import { BulkLinks } from "../link/bulk.ts";
import type { LauncherLink } from "../models/launcher_link.ts";
import { ModelJobs } from "../models/model_jobs.ts";
import { ModelRefusals } from "../models/refusal.ts";
import { Uploads } from "../models/uploads.ts";
import { makeRelay } from "../relay/relay.ts";
import { SignalHub } from "../rooms/hub.ts";
import type { OtherNodes } from "../rooms/hub_parts.ts";
import type { PageName } from "../link/page.ts";
import type { PasswordGate } from "../password/gate.ts";
import type { Visitor } from "../base/visitor.ts";
import { StreamGateway } from "../streams/gateway.ts";
import type { InferenceProcess } from "../streams/inference_process.ts";

/** What the other tests stand on: a complete configuration, a catalog, an app. Not for the server. */

/** A laptop with one Wi-Fi address. */
export const LAPTOP: readonly NetworkInterface[] = [
  { name: "lo", family: "IPv4", address: "127.0.0.1" },
  { name: "wlan0", family: "IPv4", address: "192.168.1.20" },
];

/** A model whose file is whatever lies at `path`. */
export function fakeCatalog(path: string): Catalog {
  const entry: ModelEntry = {
    id: "fake",
    title: "Fake",
    file: "fake.onnx",
    bytes: 4,
    sha256: "ab".repeat(32),
    licence: "MIT",
    source: "made for a test",
    input: {
      name: "images",
      layout: "nchw",
      widthPx: 320,
      heightPx: 320,
      placement: "center",
      pad: 114,
      order: "rgb",
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
    head: { outputs: ["output"], kind: "yolox", classes: 1, strides: [8] },
    scoreThreshold: 0.3,
    iouThreshold: 0.5,
  };
  const present = [{ entry, path, labels: ["thing"] }];
  return { present, missing: [], damaged: [], problem: null };
}

/** A log that keeps its lines. */
export function memoryLog(lines: string[] = []): Log {
  return new Log({ level: "debug", format: "json", write: (line) => void lines.push(line) });
}

/** Everything that {@linkcode createApp} needs, on {@linkcode LAPTOP}, without any real port. */
export function appDeps(
  options: {
    env?: Env;
    flags?: Flags;
    dist?: string;
    now?: () => number;
    lines?: string[];
    /** A stand-in for the inference process: the app then offers inference. */
    process?: InferenceProcess;
    /** Asks everybody but this computer for a password. */
    gate?: PasswordGate;
    webhook?: Webhook;
    /** Other nodes. */
    nodes?: OtherNodes & NonNullable<AppDeps["nodes"]>;
    bus?: AppDeps["bus"];
    /** A stand-in for the launcher, and a folder for what is uploaded: models can be changed then. */
    launcher?: LauncherLink;
    dataDir?: string;
  } = {},
): AppDeps {
  const now = options.now === undefined ? {} : { now: options.now };
  const config = loadConfig({ env: options.env ?? {}, flags: options.flags ?? {} });
  const addresses = resolveAddresses(LAPTOP, { hostname: "Laptop", config });
  const log = memoryLog(options.lines);
  const bulk = new BulkLinks(options.now);
  const tell = (page: PageName, message: FromServerMessage) => hub.tell(page, message);
  const gateway = options.process && new StreamGateway({
    limits: config.streams,
    process: options.process,
    bulk,
    tell,
  });
  const relay = makeRelay(config.relay, {
    log,
    bulk,
    tell,
    onSent: (viewer, phone, frame) => gateway?.picture(viewer, phone, frame),
    ...now,
  });
  const hub = new SignalHub({
    limits: config.limits,
    log,
    bulk,
    ...now,
    ...(gateway && { streams: gateway }),
    ...(relay && { relay }),
    ...(options.nodes && { nodes: options.nodes }),
  });
  const catalog = fakeCatalog("/nowhere/fake.onnx");
  return {
    config,
    addresses: () => addresses,
    ports: { http: 3000, https: 3443 },
    listeners: null,
    catalog: () => catalog,
    dist: options.dist ?? "/nowhere",
    hub,
    inference: gateway === undefined ? null : { gateway, supervisor: null },
    pool: null,
    relay,
    cameras: null,
    webhook: options.webhook ?? null,
    bus: options.bus ?? null,
    nodes: options.nodes ?? null,
    turn: null,
    stalls: null,
    startCode: "start-code-of-22-chars",
    instance: "an-instance",
    tunnel: null,
    gate: options.gate ?? null,
    modelAdmin: {
      jobs: new ModelJobs(options.launcher ?? { isOpen: false, send() {}, onReport() {} }),
      uploads: new Uploads(options.dataDir ?? "/nowhere"),
      refusals: new ModelRefusals(),
      isRemovable: () => true,
    },
    log,
  };
}

/** Somebody at this computer or in its network, of whom no password was asked. */
export function visitorAt(address: string): Visitor {
  const isLocal = ["127.0.0.1", "192.168.1.20"].includes(address);
  return { address, isLocal, maySee: true, isTrusted: isLocal };
}

/** Asks as if from `address`; `url` may be a path on localhost. */
export function asker(deps: AppDeps, address = "127.0.0.1") {
  const app = createApp(deps);
  return (url: string, init: RequestInit = {}) =>
    app.request(new URL(url, "http://localhost:3000"), init, { address });
}

/** A running app and where it is. */
export interface RunningApp extends AsyncDisposable {
  readonly deps: AppDeps;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
}

/** Listens on a free port of this computer, with hardly a limit. */
export function listenHere(handle: HttpListenerOptions["handle"]): HttpListener {
  return new HttpListener({
    port: 0,
    hostname: "127.0.0.1",
    tls: null,
    connections: new Places({ total: 1_000, perAddress: 1_000, localOnly: 0 }),
    halfRead: new Places({ ...HALF_READ_BYTES }),
    cuts: noCuts(),
    holderOf: (address) => address,
    handle,
    onLost: (error) => {
      throw error;
    },
  });
}

/** Serves an app on a free port of this machine. Its time limits run only when swept by the test. */
export function serveApp(options: Parameters<typeof appDeps>[0] = {}): RunningApp {
  const deps = appDeps(options);
  const app = createApp(deps);
  const server = listenHere((request, connection) => app.fetch(request, connection));
  return {
    deps,
    origin: `http://127.0.0.1:${server.port}`,
    [Symbol.asyncDispose]: async () => {
      deps.hub.close();
      deps.inference?.gateway.close();
      await server.shutdown();
    },
  };
}

/** A body that ends before it is whole. */
export function brokenBody(): ReadableStream<Uint8Array> {
  return new ReadableStream({ pull: (controller) => controller.error(new Error("cut")) });
}
