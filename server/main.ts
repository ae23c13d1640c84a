import { fileURLToPath } from "node:url";
import { randomSecret, type StreamSettings } from "@/protocol";
import {
  joinProblem,
  type ServerAddresses,
  watchAddresses,
  whenChanged,
  whereToJoin,
} from "./base/addresses.ts";
import { createApp } from "./app.ts";
import { servedModels } from "./models/served_models.ts";
import { loadConfig, readEnv, SECRET_ENV_NAMES, type ServerConfig } from "./base/config.ts";
import { Webhook } from "./events/webhook.ts";
import type { WebhookConfig } from "./base/webhook_config.ts";
import { watchEventLoop } from "./base/event_loop.ts";
import {
  helpText,
  IMAGE_VARIABLE,
  inImageWords,
  NO_PORT,
  parseFlags,
  UsageError,
  WRONG_VALUE,
} from "./base/flags.ts";
import type { Catalog } from "../models/catalog.ts";
import type { Bus } from "./bus/bus.ts";
import { BulkLinks } from "./link/bulk.ts";
import { listen, ListenError, type Listeners } from "./base/listen.ts";
import { type Log, stderrLog } from "./base/log.ts";
import { CatalogKeeper } from "./models/catalog_keeper.ts";
import { openLauncherLink } from "./models/launcher_link.ts";
import { ModelJobs } from "./models/model_jobs.ts";
import { ModelRefusals } from "./models/refusal.ts";
import type { ModelAdmin } from "./models/routes.ts";
import { Uploads } from "./models/uploads.ts";
import type { NatsConfig } from "./base/nats_config.ts";
import type { Nodes } from "./nodes/nodes.ts";
import { PasswordGate } from "./password/gate.ts";
import { drawPassword } from "./password/password.ts";
import { makeRelay } from "./relay/relay.ts";
import { type Cameras, makeCameras } from "./room_cameras/cameras.ts";
import { SignalHub } from "./rooms/hub.ts";
import { type Inference, makeInference } from "./streams/inference.ts";
import { addressText, placeText } from "./terminal/terminal.ts";
import { renewalReason } from "./tls/certificate.ts";
import { CertificateRenewal, LOOK_MS } from "./tls/renewal.ts";
import { readTls } from "./tls/own_tls.ts";
import { keepTls } from "./tls/tls.ts";
import { Tunnel, TunnelError } from "./tunnel/tunnel.ts";
import { TUNNEL_TOOLS } from "./tunnel/tunnel_tools.ts";
import { makeIceServers } from "./turn/ice_servers.ts";
import type { InferencePool } from "./workers/pool.ts";
import { stackOf, Uncaught } from "./base/uncaught.ts";
import { APP_VERSION } from "./base/version.ts";

/** Folder of the built client. */
const DIST = fileURLToPath(new URL("../dist", import.meta.url));

/** Time limits are checked this often. */
const SWEEP_INTERVAL_MS = 1_000;

/** After this the process ends whoever still holds a connection; two seconds are promised. */
const SHUTDOWN_MS = 1_200;

/**
 * Starts the server: flags → config → models → certificate → app → ports → banner. Long, because here, and
 * nowhere else, all parts are put together.
 */
async function main(args: readonly string[], uncaught: Uncaught): Promise<void> {
  const flags = parseFlags(args);
  if (flags.help !== undefined) return say(helpText());
  if (flags.version !== undefined) return say(`Peerlens ${APP_VERSION}\n`);
  const config = loadConfig({ env: readEnv(), flags });
  const log = stderrLog({
    level: config.logLevel,
    format: config.logFormat,
    telemetry: config.telemetry,
  });

  const models = await CatalogKeeper.open({
    searchPath: config.modelPath,
    chosenId: config.model,
    log,
  });
  const catalog = () => models.catalog;
  say(`Model: ${catalog().present[0]?.entry.title ?? catalog().problem}\n`);

  const addresses = watchAddresses(config, log);
  const tls = await loadTls(config, addresses(), Date.now());
  say(`Certificate: ${tls.sentence}\n`);
  if (tls.warning !== null) log.warn("certificate", { reason: tls.warning });

  const bus = config.nats && await openBus(config.nats, log);
  const nodes = bus && await makeNodes(bus, config, log);
  const iceServers = makeIceServers(config, log);
  const bulk = new BulkLinks();
  const cameras = makeCameras({
    config,
    log,
    iceServers,
    hub: () => hub.cameras,
    onFrame: ({ camera, rtpTimestamp: frameId, ...frame }, jpeg) =>
      inference?.gateway.cameras?.frame(camera, { ...frame, frameId, jpeg }),
    onReady: () => inference?.gateway.cameras?.tapAgain(),
    onLeft: (roomId, camera) => inference?.gateway.cameras?.left(roomId, camera),
    onBurned: (camera, on) =>
      inference?.gateway.cameras?.burn(camera, on ? firstSettings(catalog()) : null),
  });
  const pool = bus === null || config.mode === "wasm"
    ? null
    : await makePool({ bus, config, catalog, log });
  const inference = config.mode === "wasm" ? null : makeInference({
    config,
    catalog,
    modelFolders: models.folders,
    log,
    iceServers,
    bulk,
    tell: (viewer, message) => hub.tell(viewer, message),
    cameras: cameras && {
      cameraOf: (roomId, peer) => cameras.rooms.cameraOf(roomId, peer),
      tap: (camera, minIntervalMs) => cameras.tap(camera, minIntervalMs),
      boxes: (camera, rtpTimestamp, boxes) => cameras.boxes(camera, rtpTimestamp, boxes),
    },
    pool,
  });
  const relay = makeRelay(config.relay, {
    log,
    bulk,
    tell: (page, message) => hub.tell(page, message),
    onSent: (viewer, phone, frame) => inference?.gateway.picture(viewer, phone, frame),
  });
  const hub = new SignalHub({
    limits: config.limits,
    log,
    bulk,
    iceServers,
    ...(inference && { streams: inference.gateway }),
    ...(relay && { relay }),
    ...(cameras && { cameras: cameras.rooms }),
    ...(nodes && { nodes }),
  });
  const startCode = randomSecret();
  const access = makePublicAccess({
    config,
    log,
    say: (line) => say(`Tunnel: ${line}\n`),
    onAddress: (origin) => onAddress(origin),
  });
  const { tunnel, gate } = access;
  if (nodes !== null && gate !== null) {
    gate.onSignOut = (id) => nodes.signedOut(id);
    nodes.onSignOut((id) => gate.signedOut(id));
  }
  const modelAdmin: ModelAdmin = {
    jobs: new ModelJobs(
      openLauncherLink(),
      ({ kind, state, modelId }) => log.info("models job over", { kind, state, model: modelId }),
    ),
    uploads: new Uploads(config.dataDir),
    refusals: new ModelRefusals(),
    isRemovable: (model) => models.isRemovable(model),
  };
  const webhook = config.webhook && openWebhook(config.webhook, log);
  const deps = {
    config,
    addresses,
    catalog,
    dist: DIST,
    hub,
    inference,
    pool,
    relay,
    cameras,
    webhook,
    bus,
    nodes,
    turn: iceServers.turn,
    startCode,
    modelAdmin,
    log,
    ...access,
  };
  await modelAdmin.uploads.clear();
  const stalls = watchEventLoop();
  const tunnelHeader = config.tunnel && TUNNEL_TOOLS[config.tunnel.name].addressHeader;
  const listeners = listen(config, {
    tls,
    tunnelHeader,
    makeApp: (found) => {
      const app = createApp({ ...deps, ports: found.ports, listeners: found, stalls });
      nodes?.serve((request, connection) => app.fetch(request, connection));
      return app;
    },
    // Whoever watches over this process starts another, which may listen.
    onLost: (port, error) => {
      log.error("port lost", { port, reason: String(error) });
      Deno.exit(1);
    },
  });
  const problem = joinProblem(config, addresses());
  if (problem !== null) log.warn("no way in for phones", { reason: problem });
  log.info("listening", {
    ...listeners.ports,
    pid: Deno.pid,
    host: config.host,
    mode: config.mode,
    cameras: config.cameras.specs.map(({ name }) => name).join(" "),
  });
  // Not before: a fault of the start must end it. From now on one in the answer to a peer must not end
  // the rooms of all others.
  uncaught.keepRunning((reason) => log.error("unhandled rejection", { reason }));
  // After the ports: without them, no process is left behind.
  inference?.start();
  nodes?.start(hub);
  pool?.start(() => announceModels());
  const announceModels = () =>
    hub.announce({
      type: "models",
      revision: servedModels(pool?.offered() ?? catalog()).modelsRevision,
    });
  announceModels();
  models.watch(() => {
    log.info("models changed", { present: catalog().present.length });
    inference?.modelsChanged();
    announceModels();
  });
  const renewal = new CertificateRenewal({
    current: tls,
    isDue: (cert, nowMs) =>
      config.tls !== null || renewalReason(cert, addresses().certificateNames, nowMs) !== null,
    load: (nowMs) => loadTls(config, addresses(), nowMs),
    isQuiet: () => hub.counts().sessions === 0,
    replace: (pair) => listeners.replaceCertificate(pair),
    log,
  });
  setInterval(() => renewal.look(Date.now()), LOOK_MS);
  stopOnSignal({ hub, inference, cameras, pool, webhook, bus, nodes, listeners, tunnel, log });
  const place = { ...deps, ports: listeners.ports };
  // Networks come and go too, with the computer carried elsewhere or its cable plugged in.
  const tellWhere = whenChanged(
    () => whereToJoin(place),
    (where) => hub.announce({ type: "join-origins", ...where }),
  );
  setInterval(() => {
    hub.sweep();
    webhook?.sweep();
    tellWhere();
  }, SWEEP_INTERVAL_MS);
  let isShown = false;
  const onAddress = async (origin: string | null) => {
    tellWhere();
    if (isShown && origin !== null) say(await addressText(place, origin));
  };
  await tunnel?.start(listeners.ports.tunnel!);
  say(await placeText(place));
  isShown = true;
}

/** How this server is reached from outside, and by whom. */
interface PublicAccess {
  /** Names this process in its health document, by which the tunnel's address is checked. */
  readonly instance: string;
  /** `null`: there is none. Not started yet. */
  readonly tunnel: Tunnel | null;
  /** `null`: no password is asked. */
  readonly gate: PasswordGate | null;
  /** The password itself, for the terminal. Secret. */
  readonly password: string | null;
}

/** Makes what the configuration asks for. */
function makePublicAccess({ config, log, say, onAddress }: {
  readonly config: ServerConfig;
  readonly log: Log;
  readonly say: (line: string) => void;
  /** See `TunnelOptions.onChange`. */
  readonly onAddress: (origin: string | null) => void;
}): PublicAccess {
  const instance = randomSecret();
  const password = config.password?.kind === "given"
    ? config.password.text
    : config.password && drawPassword();
  const tunnel = config.tunnel === null ? null : new Tunnel({
    tool: TUNNEL_TOOLS[config.tunnel.name],
    hasToken: config.tunnel.hasToken,
    instance,
    dataDir: config.dataDir,
    secretNames: SECRET_ENV_NAMES,
    log,
    say,
    onChange: onAddress,
  });
  return {
    instance,
    tunnel,
    gate: password === null ? null : new PasswordGate(
      password,
      undefined,
      config.cookieSecret === null ? null : { secret: config.cookieSecret },
    ),
    password,
  };
}

/** Without NATS, none of its code is loaded. @throws {UsageError} If it does not let us in. */
async function openBus(config: NatsConfig, log: Log): Promise<Bus> {
  const { Bus } = await import("./bus/bus.ts");
  return await Bus.open({ config, name: "peerlens web", log });
}

/** This node among others, for rooms that are on any of them. */
async function makeNodes(bus: Bus, { nats }: ServerConfig, log: Log): Promise<Nodes> {
  const { Nodes } = await import("./nodes/nodes.ts");
  return new Nodes({ bus, clusterSecret: nats?.clusterSecret ?? null, log });
}

/** Inference processes of other machines, with this one's. */
async function makePool({ bus, config, catalog, log }: {
  readonly bus: Bus;
  readonly config: ServerConfig;
  readonly catalog: () => Catalog;
  readonly log: Log;
}): Promise<InferencePool> {
  const { InferencePool } = await import("./workers/pool.ts");
  const { Workers } = await import("./workers/members.ts");
  const { newNodeId } = await import("./bus/subjects.ts");
  const workers = new Workers(bus, newNodeId(), (event, fields) => log.info(event, fields));
  return new InferencePool({ workers, catalog, maxStreams: config.streams.maxStreams, log });
}

/** Events carry pictures: whoever sends them in the clear is to know. */
function openWebhook(config: WebhookConfig, log: Log): Webhook {
  const { host, secret } = config;
  log.info("webhook", {
    host,
    signed: secret !== null,
    encrypted: config.url.startsWith("https:"),
  });
  return new Webhook({ config, log });
}

function loadTls(config: ServerConfig, { certificateNames, lan }: ServerAddresses, nowMs: number) {
  const host = config.publicHost?.name ?? lan[0]?.host ?? null;
  return config.tls === null
    ? keepTls(`${config.dataDir}/tls`, certificateNames, nowMs)
    : readTls(config.tls, { host, nowMs });
}

/** Tells every peer, lets what is under way finish, and ends with status 0. */
function stopOnSignal(running: {
  hub: SignalHub;
  inference: Inference | null;
  cameras: Cameras | null;
  pool: InferencePool | null;
  webhook: Webhook | null;
  bus: Bus | null;
  nodes: Nodes | null;
  listeners: Listeners;
  tunnel: Tunnel | null;
  log: Log;
}): void {
  let stopping = false;
  const stop = async () => {
    if (stopping) return;
    stopping = true;
    running.log.info("closing", running.hub.counts());
    running.hub.close();
    running.nodes?.close();
    running.inference?.gateway.close();
    running.pool?.stop();
    running.webhook?.close();
    const ended = Promise.all([
      running.tunnel?.stop(),
      running.listeners.shutdown(),
      running.inference?.supervisor?.stop(),
      running.cameras?.supervisor?.stop(),
      running.bus?.close(),
    ]);
    const deadline = new Promise((resolve) => setTimeout(resolve, SHUTDOWN_MS));
    await Promise.race([ended, deadline]);
    running.log.info("closed");
    Deno.exit(0);
  };
  // Windows knows no SIGTERM; closing the console window sends SIGBREAK there.
  const signals: Deno.Signal[] = ["SIGINT", Deno.build.os === "windows" ? "SIGBREAK" : "SIGTERM"];
  for (const signal of signals) Deno.addSignalListener(signal, stop);
}

/** What is looked for where nobody chooses: what the first model knows; `null`: there is no model. */
function firstSettings({ present }: Catalog): StreamSettings | null {
  const entry = present[0]?.entry;
  if (entry === undefined) return null;
  const { id: modelId, scoreThreshold, iouThreshold } = entry;
  return { modelId, scoreThreshold, iouThreshold, classes: null };
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

/** A sentence and a status for what a person can put right; the stack for everything else. */
function fail(error: unknown): never {
  const isUsage = error instanceof UsageError;
  const isPort = error instanceof ListenError;
  const text = isUsage || isPort
    ? inImageWords(error.message, Deno.env.get(IMAGE_VARIABLE) === "1")
    : error instanceof TunnelError
    ? error.message
    : stackOf(error);
  Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
  // One port may be open already, so the process would not end by itself.
  Deno.exit(isUsage ? WRONG_VALUE : isPort ? NO_PORT : 1);
}

if (import.meta.main) await main(Deno.args, new Uncaught()).catch(fail);
