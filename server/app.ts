import { type Context, Hono, type MiddlewareHandler } from "hono";
import { type ClientConfig, roomIdSchema } from "@/protocol";
import * as v from "valibot";
import type { Catalog } from "../models/catalog.ts";
import { joinOrigins, joinProblem, type ServerAddresses } from "./addresses.ts";
import { clientConfig } from "./client_config.ts";
import { addCodes } from "./code_routes.ts";
import type { ServerConfig } from "./config.ts";
import type { StallHistogram } from "./event_loop.ts";
import { healthDocument, NOT_BUILT, publicHealth, readinessOf } from "./health.ts";
import { addEvents } from "./events/routes.ts";
import type { Webhook } from "./events/webhook.ts";
import { addLink } from "./link/routes.ts";
import type { Log } from "./log.ts";
import { addModels, type ModelAdmin } from "./models/routes.ts";
import { countAnswers, HttpCounts } from "./observability/http_counts.ts";
import { addMetrics } from "./observability/metrics_route.ts";
import { nameSpans } from "./observability/telemetry.ts";
import { pageHtml, STYLE, STYLE_PATH } from "./pages.ts";
import type { PasswordGate } from "./password/gate.ts";
import { addPassword } from "./password/routes.ts";
import type { Relays } from "./relay/relays.ts";
import { type AppEnv, checkHost, redirectToHttps, secureHeaders } from "./security.ts";
import type { SignalHub } from "./signaling/hub.ts";
import { serveByHash, serveHashed, serveTagged } from "./static_files.ts";
import { addStreams } from "./streams/routes.ts";
import type { Inference } from "./streams/inference.ts";
import { visitorOf } from "./visitor.ts";

/** All that the routes stand on. */
export interface AppDeps {
  readonly config: ServerConfig;
  /** Looked up for every request: a laptop changes its network. */
  readonly addresses: () => ServerAddresses;
  /** The ports that are really listened on. */
  readonly ports: { readonly http: number; readonly https: number };
  /** The models of now, the one to start with first. */
  readonly catalog: () => Catalog;
  /** Folder of the built client. */
  readonly dist: string;
  readonly hub: SignalHub;
  /** `null`: this server runs no models itself. */
  readonly inference: Inference | null;
  /** `null`: this server passes no pictures on. */
  readonly relay: Relays | null;
  /** Sends events of zones on; `null`: none is configured. */
  readonly webhook: Webhook | null;
  /** Of this process's event loop; `null`: not measured. */
  readonly stalls: StallHistogram | null;
  /** Secret in the QR code of the terminal; see `code_routes.ts`. */
  readonly startCode: string;
  /** Names this process in its health document. No secret. */
  readonly instance: string;
  /** What is public of this server now; `null`: there is no tunnel. */
  readonly tunnel: { readonly host: string | null; readonly origin: string | null } | null;
  /** `null`: no password is asked. */
  readonly gate: PasswordGate | null;
  /** Changes the models. */
  readonly modelAdmin: ModelAdmin;
  readonly log: Log;
}

type AppContext = Context<AppEnv>;

/** Every route of the server, and nothing but routes. Needs {@linkcode AppEnv} as its environment. */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const http = new HttpCounts();
  app.use(nameSpans());
  app.use(countAnswers(http));
  app.use(secureHeaders());
  app.use(checkHost(deps.addresses, () => deps.tunnel?.host ?? null));
  app.use(redirectToHttps(() => deps.ports.https));
  const { gate, config: { apiToken } } = deps;
  const maySee = (c: AppContext) => visitorOf(c, deps).maySee;
  const isLocal = (c: AppContext) => visitorOf(c, deps).isLocal;
  // Before the password: a program has none, but its own token.
  addMetrics(app, { ...deps, http, isLocal });
  if (gate !== null) addPassword(app, { gate, apiToken, maySee });
  addLink(app, { server: deps.hub, visitorOf: (c) => visitorOf(c, deps) });
  addStreams(app, {
    hub: deps.hub,
    gateway: deps.inference?.gateway ?? null,
    models: () => deps.catalog().present.map(({ entry }) => entry),
    apiToken,
  });
  addEvents(app, deps);
  addModels(app, { admin: deps.modelAdmin, catalog: deps.catalog, isLocal });
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

function addHealth(app: Hono<AppEnv>, deps: AppDeps): void {
  const startMs = performance.now();
  const isStranger = (c: AppContext) => c.env.tunnel !== undefined || !visitorOf(c, deps).maySee;
  for (const path of ["/healthz", "/readyz", "/api/config"]) app.use(path, noStore());
  app.get(
    "/healthz",
    (c) => c.json(isStranger(c) ? publicHealth(deps.instance) : healthDocument(deps, startMs)),
  );
  app.get("/readyz", async (c) => {
    const { ready, ...why } = await readinessOf(deps);
    return c.json(isStranger(c) ? { ready } : { ready, ...why }, ready ? 200 : 503);
  });
  app.get("/api/config", (c) => {
    const { maySee, isLocal: mayChangeModels } = visitorOf(c, deps);
    const isSignedIn = deps.gate?.isSignedIn(c.req.raw.headers) ?? false;
    const toVisitor = { ...whereToJoin(deps), isSignedIn, mayChangeModels };
    const whole = clientConfig(deps.config, deps.catalog(), toVisitor);
    // A phone needs no more; addresses of this computer and its models are none of a stranger's business.
    const bare = {
      joinOrigins: [],
      joinProblem: null,
      models: [],
      modelProblem: null,
      modelsRevision: "",
    };
    return c.json(maySee ? whole : { ...whole, ...bare });
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

function addFiles(app: Hono<AppEnv>, deps: AppDeps): void {
  const notFound = (c: AppContext) => c.notFound() as Response;
  app.get(
    "/assets/:name",
    async (c) =>
      await serveHashed(`${deps.dist}/assets`, c.req.param("name"), c.req.raw) ?? notFound(c),
  );
  app.get("/models/:sha256/:file", async (c) => {
    const { sha256, file: name } = c.req.param();
    const model = deps.catalog().present.find(({ entry }) =>
      entry.sha256 === sha256 && entry.file === name
    );
    if (model === undefined) return notFound(c);
    const file = { path: model.path, sha256, twins: `${deps.dist}/models` };
    return await serveByHash(file, c.req.raw) ?? notFound(c);
  });
  app.get(
    "/favicon.svg",
    async (c) => await serveTagged(`${deps.dist}/favicon.svg`, c.req.raw) ?? notFound(c),
  );
}

function noStore(): MiddlewareHandler<AppEnv> {
  return async (c, next) => {
    c.header("Cache-Control", "no-store");
    await next();
  };
}

/** What viewers are told of how phones reach this server now. */
export function whereToJoin(
  { config, addresses, ports, tunnel }: Pick<AppDeps, "config" | "addresses" | "ports" | "tunnel">,
): Pick<ClientConfig, "joinOrigins" | "joinProblem"> {
  const { publicHost } = config;
  const tunnelOrigin = tunnel?.origin ?? null;
  return {
    joinOrigins: joinOrigins(addresses(), { publicHost, httpsPort: ports.https, tunnelOrigin }),
    joinProblem: tunnelOrigin === null ? joinProblem(config) : null,
  };
}
