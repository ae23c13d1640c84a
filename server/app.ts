import { type Context, Hono } from "hono";
import type { Catalog, CatalogModel } from "../models/catalog.ts";
import type { ServerAddresses } from "./base/addresses.ts";
import { addPages } from "./pages/routes.ts";
import { addCodes } from "./rooms/code_routes.ts";
import type { ServerConfig } from "./base/config.ts";
import type { StallHistogram } from "./base/event_loop.ts";
import { addHealth } from "./health/routes.ts";
import { addEvents } from "./events/routes.ts";
import type { Webhook } from "./events/webhook.ts";
import { addLink } from "./link/routes.ts";
import type { Listeners } from "./base/listen.ts";
import type { Log } from "./base/log.ts";
import type { Nodes } from "./nodes/nodes.ts";
import { addModels, type ModelAdmin } from "./models/routes.ts";
import { countAnswers, HttpCounts } from "./observability/http_counts.ts";
import { addMetrics } from "./observability/metrics_route.ts";
import type { TurnCounts } from "./observability/outside_families.ts";
import type { Bus } from "./bus/bus.ts";
import { traceRequests } from "./observability/telemetry.ts";
import { pageHtml } from "./base/pages.ts";
import type { PasswordGate } from "./password/gate.ts";
import { addPassword } from "./password/routes.ts";
import type { Relays } from "./relay/relays.ts";
import {
  type AppEnv,
  checkHost,
  redirectToHttps,
  refuseForeign,
  secureHeaders,
} from "./base/security.ts";
import type { Cameras } from "./room_cameras/cameras.ts";
import type { SignalHub } from "./rooms/hub.ts";
import { addStreams } from "./streams/routes.ts";
import type { Inference } from "./streams/inference.ts";
import type { InferencePool } from "./workers/pool.ts";
import { visitorOf } from "./base/visitor.ts";
import { WhepEndpoints } from "./whep/endpoints.ts";
import { addWhep } from "./whep/routes.ts";

/** All that the routes stand on. */
export interface AppDeps {
  readonly config: ServerConfig;
  /** Looked up for every request: a laptop changes its network. */
  readonly addresses: () => ServerAddresses;
  /** The ports that are really listened on. */
  readonly ports: { readonly http: number; readonly https: number };
  /** What listens; `null`: nothing does. */
  readonly listeners: Pick<Listeners, "deaf" | "connections" | "halfRead" | "cuts"> | null;
  /** The models of now, the one to start with first. */
  readonly catalog: () => Catalog;
  /** Folder of the built client. */
  readonly dist: string;
  readonly hub: SignalHub;
  /** `null`: this server runs no models itself. */
  readonly inference: Inference | null;
  /** Processes of other machines that frames may go to as well; `null`: there is this one's only. */
  readonly pool:
    | Pick<InferencePool, "offered" | "modelFile" | "members" | "counts" | "refusedModels">
    | null;
  /** `null`: this server passes no pictures on. */
  readonly relay: Relays | null;
  /** `null`: this server has no cameras. */
  readonly cameras: Cameras | null;
  /** Sends events of zones on; `null`: none is configured. */
  readonly webhook: Webhook | null;
  /** The way to other nodes; `null`: this is the only one. */
  readonly bus: Pick<Bus, "state" | "counts"> | null;
  /** Rooms on other nodes; `null`: this is the only one. */
  readonly nodes: Pick<Nodes, "answer" | "health"> | null;
  /** Which rooms may use TURN, in figures; `null`: there is none. */
  readonly turn: { readonly counts: TurnCounts } | null;
  /** Of this process's event loop; `null`: not measured. */
  readonly stalls: StallHistogram | null;
  /** Secret in the QR code of the terminal; see `rooms/code_routes.ts`. */
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

/** Every route of the server, and nothing but routes. Needs {@linkcode AppEnv} as its environment. */
export function createApp(deps: AppDeps): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  const http = new HttpCounts();
  app.use(traceRequests());
  app.use(countAnswers(http));
  app.use(secureHeaders());
  app.use(checkHost(deps.addresses, () => deps.tunnel?.host ?? null));
  app.use(redirectToHttps(() => deps.ports.https));
  const { gate, pool, config: { apiToken } } = deps;
  const offered = () => pool?.offered() ?? deps.catalog();
  const who = (c: Context<AppEnv>) => visitorOf(c, deps);
  const maySee = (c: Context<AppEnv>) => who(c).maySee;
  const isLocal = (c: Context<AppEnv>) => who(c).isLocal;
  // Before the password: a program has none, but its own token.
  addMetrics(app, { ...deps, http, isLocal });
  // These two look at origins more closely themselves.
  addLink(app, { server: deps.hub, visitorOf: who });
  addModels(app, { admin: deps.modelAdmin, catalog: deps.catalog, isLocal });
  app.use(refuseForeign());
  if (gate !== null) addPassword(app, { gate, apiToken, maySee });
  const { nodes, hub } = deps;
  if (nodes !== null) {
    // The room's home has all that there is to know of it.
    app.use("/api/rooms/:room/*", async (c, next) => {
      const roomId = c.req.param("room");
      if (hub.hasRoom(roomId)) return await next();
      return await nodes.answer(roomId, c.req.raw, c.env.address) ?? await next();
    });
  }
  addStreams(app, {
    hub: deps.hub,
    gateway: deps.inference?.gateway ?? null,
    models: () => offered().present.map(({ entry }) => entry),
    apiToken,
  });
  addEvents(app, { ...deps, visitorOf: who });
  addWhep(app, {
    endpoints: new WhepEndpoints({ specs: deps.config.cameras.specs }),
    visitorOf: who,
  });
  addHealth(app, deps, who);
  const modelFile = (model: CatalogModel) => pool?.modelFile(model) ?? null;
  addPages(app, { ...deps, catalog: offered, modelFile, visitorOf: who });
  addCodes(app, deps);
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
