import type { Context, Hono } from "hono";
import { roomIdSchema } from "@/protocol";
import * as v from "valibot";
import type { Catalog, CatalogModel } from "../../models/catalog.ts";
import { type ServerAddresses, whereToJoin } from "../base/addresses.ts";
import type { ServerConfig } from "../base/config.ts";
import { pageHtml, STYLE, STYLE_PATH } from "../base/pages.ts";
import { refuser } from "../base/refuser.ts";
import { type AppEnv, noStore } from "../base/security.ts";
import {
  IMMUTABLE,
  NOT_BUILT,
  serveByHash,
  serveHashed,
  serveTagged,
} from "../base/static_files.ts";
import type { Visitor } from "../base/visitor.ts";
import { clientConfig } from "./client_config.ts";

const refuse = refuser({
  "busy": [503, "The model is on other machines, and is not to be had from them now"],
});

/** What the pages are served from. */
export interface PageDeps {
  readonly config: ServerConfig;
  readonly addresses: () => ServerAddresses;
  readonly ports: { readonly https: number };
  readonly tunnel: { readonly origin: string | null } | null;
  /** The models of now, the one to start with first. */
  readonly catalog: () => Catalog;
  /** The file of one that is on another machine only; `null`: it is not to be had now. */
  readonly modelFile: (model: CatalogModel) => ReadableStream<Uint8Array<ArrayBuffer>> | null;
  /** Folder of the built client. */
  readonly dist: string;
  /** `null`: no password is asked. */
  readonly gate: { isSignedIn(headers: Headers): boolean } | null;
  readonly visitorOf: (c: Context<AppEnv>) => Visitor;
}

/** The two pages, all that they load, and what they are told first. */
export function addPages(app: Hono<AppEnv>, deps: PageDeps): void {
  addConfig(app, deps);
  addHtml(app, deps);
  addFiles(app, deps);
}

function addConfig(app: Hono<AppEnv>, deps: PageDeps): void {
  app.use("/api/config", noStore());
  app.get("/api/config", (c) => {
    const { maySee, isTrusted, isLocal: mayChangeModels } = deps.visitorOf(c);
    const isSignedIn = deps.gate?.isSignedIn(c.req.raw.headers) ?? false;
    const { webhook: hook } = deps.config;
    const webhook = isTrusted && hook !== null ? { host: hook.host } : null;
    const toVisitor = { ...whereToJoin(deps), webhook, isSignedIn, mayChangeModels };
    // A phone needs no more of it, and what this server is, is none of a stranger's business.
    if (!maySee) return c.json({ profile: deps.config.profile });
    return c.json(clientConfig(deps.config, deps.catalog(), toVisitor));
  });
}

function addHtml(app: Hono<AppEnv>, { dist }: Pick<PageDeps, "dist">): void {
  const page = async (c: Context<AppEnv>, name: string) =>
    await serveTagged(`${dist}/${name}`, c.req.raw) ??
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

function addFiles(
  app: Hono<AppEnv>,
  { dist, catalog, modelFile }: Pick<PageDeps, "dist" | "catalog" | "modelFile">,
): void {
  const notFound = (c: Context<AppEnv>) => c.notFound() as Response;
  app.get(
    "/assets/:name",
    async (c) => await serveHashed(`${dist}/assets`, c.req.param("name"), c.req.raw) ?? notFound(c),
  );
  app.get("/models/:sha256/:file", async (c) => {
    const { sha256, file: name } = c.req.param();
    const model = catalog().present.find(({ entry }) =>
      entry.sha256 === sha256 && entry.file === name
    );
    if (model === undefined) return notFound(c);
    if (model.path === "") {
      const headers = {
        "Content-Type": "application/octet-stream",
        "Content-Length": String(model.entry.bytes),
        "Cache-Control": IMMUTABLE,
      };
      // A file that nobody reads would keep its place among those that are sent.
      if (c.req.method === "HEAD") return c.body(null, 200, headers);
      const bytes = modelFile(model);
      return bytes === null ? refuse("busy", 2_000) : c.body(bytes, 200, headers);
    }
    const file = { path: model.path, sha256, twins: `${dist}/models` };
    return await serveByHash(file, c.req.raw) ?? notFound(c);
  });
  app.get(
    "/favicon.svg",
    async (c) => await serveTagged(`${dist}/favicon.svg`, c.req.raw) ?? notFound(c),
  );
}
