import type { Context, Hono } from "hono";
import * as v from "valibot";
import { addQuerySchema, faultText, type ModelJob, parseJson, pullRequestSchema } from "@/protocol";
import type { Catalog, CatalogModel } from "../../models/catalog.ts";
import { asksConsent } from "../../models/licence.ts";
import { idOf } from "../../models/own_id.ts";
import { MAX_MODEL_BYTES } from "../../models/limits.ts";
import { type AppEnv, isFromOwnPage } from "../base/security.ts";
import { readBody } from "../base/body.ts";
import { isProxied } from "../base/forwarded.ts";
import type { ModelJobs } from "./model_jobs.ts";
import type { ModelRefusals } from "./refusal.ts";
import { stockOf } from "./stock.ts";
import type { Uploads } from "./uploads.ts";

/** What changes of the models are made with. */
export interface ModelAdmin {
  readonly jobs: ModelJobs;
  readonly uploads: Uploads;
  readonly refusals: ModelRefusals;
  /** Whether a model was pulled or added here. */
  readonly isRemovable: (model: CatalogModel) => boolean;
}

/** What the routes stand on. */
export interface ModelRouteDeps {
  readonly admin: ModelAdmin;
  readonly catalog: () => Catalog;
  /** Whether a request comes from this very computer, and through no proxy or tunnel. */
  readonly isLocal: (c: AppContext) => boolean;
}

type AppContext = Context<AppEnv>;

/** An id and the name of a licence. */
const MAX_PULL_BYTES = 4_096;

/** `/api/models`: what is here, what can be had, and changing that, for the owner at this computer. */
export function addModels(app: Hono<AppEnv>, deps: ModelRouteDeps): void {
  const { admin, catalog } = deps;
  const { jobs, refusals } = admin;
  for (const path of ["/api/models", "/api/models/*"]) {
    app.use(path, async (c, next) => {
      const code = strangeness(c, deps.isLocal);
      if (code !== null) return refusals.refuse(code);
      await next();
      c.res.headers.set("Cache-Control", "no-store");
    });
  }
  app.get("/api/models", (c) =>
    c.json({
      ...stockOf(catalog(), admin.isRemovable),
      canChange: jobs.canChange,
      jobs: jobs.all,
    }));
  app.get("/api/models/jobs", (c) => c.json({ jobs: jobs.all }));
  app.get("/api/models/jobs/:job", (c) => answerJob(c, deps, (id) => jobs.find(id)));
  app.delete("/api/models/jobs/:job", (c) => answerJob(c, deps, (id) => jobs.cancel(id)));
  app.post("/api/models/pull", (c) => pull(c, deps));
  app.post("/api/models/add", (c) => add(c, deps));
  app.delete("/api/models/:id", (c) => remove(c, deps));
}

/** Why a request is not the owner's. */
function strangeness(c: AppContext, isLocal: ModelRouteDeps["isLocal"]) {
  const request = c.req.raw;
  if (c.env.tunnel !== undefined) return "tunnelled";
  if (isProxied(request.headers)) return "proxied";
  if (!isLocal(c)) return "remote";
  return isFromOwnPage(request) ? null : "cross-site";
}

function answerJob(
  c: AppContext,
  { admin }: ModelRouteDeps,
  find: (id: number) => ModelJob | undefined,
): Response {
  const text = c.req.param("job") ?? "";
  const job = /^\d{1,9}$/.test(text) ? find(Number(text)) : undefined;
  return job === undefined ? admin.refusals.refuse("unknown-job") : c.json({ job });
}

async function pull(c: AppContext, { admin, catalog }: ModelRouteDeps): Promise<Response> {
  const { jobs, refusals } = admin;
  if (mimeOf(c) !== "application/json") return refusals.refuse("not-json");
  const body = await readBody(c.req.raw, MAX_PULL_BYTES);
  if (typeof body === "string") return refusals.refuse(body === "no-room" ? "unavailable" : body);
  const request = v.safeParse(pullRequestSchema, parseJson(new TextDecoder().decode(body)));
  if (!request.success) return refusals.refuse("bad-request", faultText(request.issues));
  const { id, acceptedLicence } = request.output;
  const { present, missing } = catalog();
  if (present.some(({ entry }) => entry.id === id)) return refusals.refuse("here-already");
  const entry = missing.find((model) => model.id === id);
  if (entry === undefined) return refusals.refuse("unknown-model");
  if (entry.urls.length === 0) return refusals.refuse("not-for-download", entry.obtain);
  const asks = asksConsent(entry.licence);
  if (asks && acceptedLicence !== entry.licence) {
    return refusals.refuse(
      "licence-needed",
      `${entry.licence} asks something of you when you pass the model on or offer a service with it: agree to it first`,
    );
  }
  if (!jobs.canChange) return refusals.refuse("unavailable");
  const job = jobs.open({ kind: "pull", modelId: id, file: null }, {
    kind: "pull",
    id,
    isLicenceAccepted: asks,
  });
  return job === null ? refusals.refuse("too-many-jobs") : c.json({ job }, 202);
}

async function add(c: AppContext, { admin }: ModelRouteDeps): Promise<Response> {
  const { jobs, uploads, refusals } = admin;
  if (mimeOf(c) !== "application/octet-stream") return refusals.refuse("not-onnx");
  const query = v.safeParse(addQuerySchema, c.req.query());
  if (!query.success) return refusals.refuse("bad-request", faultText(query.issues));
  if (!jobs.canChange) return refusals.refuse("unavailable");
  const { file: called, ...flags } = query.output;
  const file = `${idOf(called.replace(/\.onnx$/i, "")) || "model"}.onnx`;
  let upload: string | null = null;
  const onEnd = () => void (upload !== null && uploads.remove(upload));
  const job = jobs.open({ kind: "add", modelId: null, file }, null, onEnd);
  if (job === null) return refusals.refuse("too-many-jobs");
  const taken = await uploads.take(c.req.raw, {
    file,
    maxBytes: MAX_MODEL_BYTES,
    onProgress: (received, total) => jobs.progress(job.id, received, total),
  });
  if (typeof taken === "string") {
    jobs.cancel(job.id, `${refusals.sentenceOf(taken)}.`);
    return refusals.refuse(taken);
  }
  upload = taken.id;
  const isOpen = jobs.find(job.id)?.state === "waiting";
  // Cancelled while it came.
  if (!isOpen) await uploads.remove(upload);
  const now = isOpen
    ? jobs.give(job.id, { kind: "add", upload, file, flags })
    : jobs.find(job.id) ?? job;
  return c.json({ job: now }, 202);
}

function remove(c: AppContext, { admin, catalog }: ModelRouteDeps): Response {
  const { jobs, refusals, isRemovable } = admin;
  const id = c.req.param("id") ?? "";
  const model = catalog().present.find(({ entry }) => entry.id === id);
  if (model === undefined) return refusals.refuse("unknown-model");
  if (!isRemovable(model)) return refusals.refuse("not-removable");
  if (!jobs.canChange) return refusals.refuse("unavailable");
  const job = jobs.open({ kind: "remove", modelId: id, file: null }, { kind: "remove", id });
  return job === null ? refusals.refuse("too-many-jobs") : c.json({ job }, 202);
}

function mimeOf(c: AppContext): string | undefined {
  return c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
}
