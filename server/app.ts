import { type Context, Hono } from "hono";
import { type ClientConfig, roomIdSchema } from "@/protocol";
import * as v from "valibot";
import type { Catalog } from "../models/catalog.ts";
import { isLoopback, joinOrigins, type ServerAddresses } from "./addresses.ts";
import { chosenFirst, clientConfig } from "./client_config.ts";
import type { ServerConfig } from "./config.ts";
import type { StallHistogram } from "./event_loop.ts";
import { healthDocument, NOT_BUILT, readinessOf } from "./health.ts";
import { laptopUrl } from "./listen.ts";
import type { Log } from "./log.ts";
import { codePage, pageHtml, STYLE, STYLE_PATH, waitingPage } from "./pages.ts";
import { type AppEnv, checkHost, checkOrigin, redirectToHttps, secureHeaders } from "./security.ts";
import type { JoinTarget, SignalHub } from "./signaling/hub.ts";
import { upgradeSocket } from "./signaling/socket.ts";
import { SseCarrier } from "./signaling/sse.ts";
import { secretsEqual } from "./signaling/tokens.ts";
import { serveByHash, serveHashed, serveTagged } from "./static_files.ts";
import { addStreams } from "./streams/routes.ts";
import type { Inference } from "./streams/inference.ts";

/** All that the routes stand on. */
export interface AppDeps {
  readonly config: ServerConfig;
  /** Looked up for every request: a laptop changes its network. */
  readonly addresses: () => ServerAddresses;
  /** The ports that are really listened on. */
  readonly ports: { readonly http: number; readonly https: number };
  readonly catalog: Catalog;
  /** Folder of the built client. */
  readonly dist: string;
  readonly hub: SignalHub;
  /** `null`: this server runs no models itself. */
  readonly inference: Inference | null;
  /** Of this process's event loop; `null`: not measured. */
  readonly stalls: StallHistogram | null;
  /** Secret in the QR code of the terminal; see `/j/:code`. */
  readonly startCode: string;
  readonly log: Log;
}

type AppContext = Context<AppEnv>;

/** Every route of the server, and nothing but routes. Needs {@linkcode AppEnv} as its environment. */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.use(secureHeaders());
  app.use(checkHost(deps.addresses));
  app.use(redirectToHttps(() => deps.ports.https));
  addSignaling(app, deps.hub);
  addStreams(app, {
    hub: deps.hub,
    gateway: deps.inference?.gateway ?? null,
    models: chosenFirst(deps.catalog, deps.config.model).map(({ entry }) => entry),
    apiToken: deps.config.apiToken,
  });
  addHealth(app, deps);
  addPages(app, deps);
  addCodes(app, deps);
  addFiles(app, deps);
  app.notFound((c) => c.html(pageHtml({ title: "Not found", text: ["Nothing is here."] }), 404));
  app.onError((error, c) => {
    deps.log.error("request failed", {
      route: c.req.path.split("/")[1] ?? "",
      reason: error.message,
    });
    const text = ["The server failed to answer. Its log says why."];
    return c.html(pageHtml({ title: "Server error", text }), 500);
  });
  return app;
}

function addSignaling(app: Hono<AppEnv>, hub: SignalHub): void {
  const sse = new SseCarrier(hub);
  app.use("/api/signal/*", checkOrigin());
  app.get("/api/signal", (c) => upgradeSocket(c.req.raw, hub, c.env.address));
  app.post("/api/signal/stream", (c) => sse.stream(c.req.raw, c.env.address));
  app.post("/api/signal/send", (c) => sse.send(c.req.raw));
}

function addHealth(app: Hono<AppEnv>, deps: AppDeps): void {
  const startMs = performance.now();
  app.get("/healthz", (c) => {
    c.header("Cache-Control", "no-store");
    return c.json(healthDocument(deps, startMs));
  });
  app.get("/readyz", async (c) => {
    const readiness = await readinessOf(deps);
    c.header("Cache-Control", "no-store");
    return c.json(readiness, readiness.ready ? 200 : 503);
  });
  app.get("/api/config", (c) => {
    c.header("Cache-Control", "no-store");
    return c.json(clientConfig(deps.config, deps.catalog, origins(deps)));
  });
}

function addPages(app: Hono<AppEnv>, deps: AppDeps): void {
  const page = async (c: AppContext, name: string) =>
    await serveTagged(`${deps.dist}/${name}`, c.req.raw) ??
      c.html(pageHtml({ title: "Not built yet", text: [NOT_BUILT] }), 503);
  app.get("/", (c) => page(c, "viewer.html"));
  app.get("/join/:room", (c) => {
    if (v.is(roomIdSchema, c.req.param("room"))) return page(c, "phone.html");
    const text = ["This link is incomplete. Scan the QR code again."];
    return c.html(pageHtml({ title: "Not a room", text }), 404);
  });
  app.get(STYLE_PATH, (c) => {
    c.header("Cache-Control", "no-cache");
    return c.body(STYLE, 200, { "Content-Type": "text/css; charset=utf-8" });
  });
}

/** Two ways into a room besides its own link: a code that is typed, and the terminal's QR code. */
function addCodes(app: Hono<AppEnv>, deps: AppDeps): void {
  app.get("/j", (c) => {
    const code = c.req.query("code");
    return code === undefined ? c.html(codePage()) : answerCode(c, deps, code);
  });
  app.get("/j/:code", (c) => answerCode(c, deps, c.req.param("code")));
}

function answerCode(c: AppContext, deps: AppDeps, code: string): Response | Promise<Response> {
  c.header("Cache-Control", "no-store");
  if (secretsEqual(code, deps.startCode)) {
    // Only an owner on this very machine: others' rooms are not the terminal's to give away.
    const hosts = deps.addresses().hosts;
    const room = deps.hub.latestOwnedRoom((address) =>
      isLoopback(address) || hosts.has(address) || hosts.has(`[${address}]`)
    );
    return room === null
      ? c.html(waitingPage(laptopUrl(deps.config.host, deps.ports)))
      : redirectToJoin(c, room);
  }
  const answer = deps.hub.resolveCode(code, c.env.address);
  if (answer.kind === "too-fast") {
    const waitS = Math.ceil(answer.retryAfterMs / 1000);
    c.header("Retry-After", String(waitS));
    return c.html(codePage(`Too many wrong codes. Wait ${waitS} s and try again.`), 429);
  }
  const room = answer.kind === "room" ? deps.hub.joinTarget(answer.roomId) : null;
  if (room !== null) return redirectToJoin(c, room);
  return c.html(codePage("This code leads nowhere: it is mistyped or older than 10 minutes."), 404);
}

/**
 * The origin stays the one that the phone has just proven it can reach. The token stands in the
 * fragment of `Location`, which no browser sends back, so it reaches no log.
 */
function redirectToJoin(c: AppContext, { roomId, joinToken }: JoinTarget): Response {
  return c.redirect(`/join/${roomId}#${joinToken}`, 302);
}

function addFiles(app: Hono<AppEnv>, deps: AppDeps): void {
  const notFound = (c: AppContext) => c.notFound() as Response;
  app.get(
    "/assets/:name",
    async (c) =>
      await serveHashed(`${deps.dist}/assets`, c.req.param("name"), c.req.raw) ?? notFound(c),
  );
  app.get("/models/:sha256/:file", async (c) => {
    const { sha256, file } = c.req.param();
    const model = deps.catalog.present.find(({ entry }) =>
      entry.sha256 === sha256 && entry.file === file
    );
    if (model === undefined) return notFound(c);
    return await serveByHash(model.path, sha256, c.req.raw) ?? notFound(c);
  });
  app.get(
    "/favicon.svg",
    async (c) => await serveTagged(`${deps.dist}/favicon.svg`, c.req.raw) ?? notFound(c),
  );
}

function origins(deps: AppDeps): ClientConfig["joinOrigins"] {
  const { publicHost } = deps.config;
  return joinOrigins(deps.addresses(), { publicHost, httpsPort: deps.ports.https });
}
