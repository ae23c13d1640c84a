import assert from "node:assert/strict";
import * as v from "valibot";
import {
  type ManifestEntry,
  MODEL_REFUSALS,
  modelJobAnswerSchema,
  modelJobsSchema,
  modelRefusalSchema,
  modelStockSchema,
} from "@/protocol";
import { createApp } from "../app.ts";
import { appDeps, asker, fakeCatalog } from "../testing/helpers.ts";
import type { LauncherLink } from "./launcher_link.ts";
import { MAX_WAITING_JOBS } from "./model_jobs.ts";
import type { ModelOrder } from "./orders.ts";
import { tempFolder } from "../testing/temp_folder.ts";

const ORIGIN = "http://localhost:3000";
const FAKE = fakeCatalog("/x").present[0]!.entry;

/** Not here: for anybody, under a licence that asks something, and for nobody. */
const MISSING = [
  { ...FAKE, id: "free", urls: ["https://example.org/free.onnx"] },
  { ...FAKE, id: "agpl", urls: ["https://example.org/a.onnx"], licence: "AGPL-3.0" },
  { ...FAKE, id: "none", urls: [], obtain: "Export it yourself", sha256: null, bytes: null },
] as ManifestEntry[];

interface Ask {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: BodyInit;
  readonly address?: string;
  readonly url?: string;
}

async function withAdmin(
  use: (scene: {
    ask: (path: string, options?: Ask) => Promise<Response>;
    sent: ModelOrder[];
    link: LauncherLink;
    deps: ReturnType<typeof appDeps>;
    dataDir: string;
  }) => Promise<void>,
  { isOpen = true } = {},
): Promise<void> {
  await using folder = await tempFolder();
  const dataDir = folder.path;
  const sent: ModelOrder[] = [];
  const link = { isOpen, send: (order: ModelOrder) => void sent.push(order), onReport() {} };
  const base = appDeps({ launcher: link, dataDir });
  const catalog = { ...fakeCatalog("/nowhere/fake.onnx"), missing: MISSING };
  const isRemovable = ({ entry }: { entry: { id: string } }) => entry.id === "fake";
  const deps = {
    ...base,
    catalog: () => catalog,
    modelAdmin: { ...base.modelAdmin, isRemovable },
  };
  const ask = async (path: string, options: Ask = {}) => {
    const { method = "GET", headers = {}, body, address, url = ORIGIN } = options;
    const own: Record<string, string> = method === "GET" ? {} : { origin: url };
    const init = { method, headers: { ...own, ...headers }, ...(body !== undefined && { body }) };
    return await asker(deps, address)(`${url}${path}`, init);
  };
  await use({ ask, sent, link, deps, dataDir });
}

async function codeOf(response: Response): Promise<string> {
  return v.parse(modelRefusalSchema, await response.json()).code;
}

async function assertRefused(response: Response, status: number, code: string, about = "") {
  assert.deepEqual([response.status, await codeOf(response)], [status, code], about);
}

const JSON_TYPE = { "content-type": "application/json" };
const ONNX_TYPE = { "content-type": "application/octet-stream" };
const post = (body: BodyInit, headers: Record<string, string> = ONNX_TYPE): Ask => ({
  method: "POST",
  headers,
  body,
});
const pull = (value: unknown) => post(JSON.stringify(value), JSON_TYPE);

Deno.test("/api/models tells what is here and what can be had, as the schema has it", () =>
  withAdmin(async ({ ask }) => {
    const response = await ask("/api/models");
    assert.equal(response.headers.get("cache-control"), "no-store");
    const stock = v.parse(modelStockSchema, await response.json());
    const { id, isDefault, isRemovable, bytes, publishedAp } = stock.here[0]!;
    const told = [id, isDefault, isRemovable, bytes, publishedAp];
    assert.deepEqual(told, ["fake", true, true, 4, null]);
    const had = stock.available.map((model) => [model.id, model.asksConsent, model.obtain]);
    assert.deepEqual(had, [
      ["free", false, null],
      ["agpl", true, null],
      ["none", false, "Export it yourself"],
    ]);
    assert.deepEqual([stock.canChange, stock.jobs], [true, []]);
  }));

Deno.test("/api/models refuses everybody but the owner's page, by name, and does nothing", () =>
  withAdmin(async ({ ask, sent, deps }) => {
    const strangers: [string, Ask][] = [
      ["remote", { address: "192.168.1.77", url: "https://192.168.1.20:3443" }],
      ["proxied", { headers: { "x-forwarded-for": "203.0.113.1" } }],
      ["proxied", { headers: { via: "1.1 x" } }],
      ["cross-site", { headers: { "sec-fetch-site": "cross-site" } }],
      // Another port of this computer.
      ["cross-site", { headers: { "sec-fetch-site": "same-site" } }],
    ];
    const posts: [string, Ask][] = [
      ["cross-site", { headers: { origin: "https://evil.example" } }],
      ["cross-site", { headers: { origin: "http://localhost:9999" } }],
      ["cross-site", { headers: { origin: "null" } }],
      ["cross-site", { headers: { origin: "" } }],
    ];
    const change = [
      ["POST", "/api/models/pull"],
      ["POST", "/api/models/add?file=m.onnx"],
      ["DELETE", "/api/models/fake"],
      ["DELETE", "/api/models/jobs/1"],
    ] as const;
    for (const [code, options] of strangers) {
      for (const path of ["/api/models", "/api/models/jobs", "/api/models/jobs/1"]) {
        await assertRefused(await ask(path, options), 403, code, path);
      }
    }
    for (const [code, options] of [...strangers, ...posts]) {
      for (const [method, path] of change) {
        const headers = { ...JSON_TYPE, ...options.headers };
        const body = method === "POST" ? { body: '{"id":"free"}' } : {};
        const refused = await ask(path, { ...options, ...body, method, headers });
        await assertRefused(refused, 403, code, path);
      }
    }
    // From this computer, by its address in the network: its owner.
    assert.equal((await ask("/api/models", { address: "192.168.1.20" })).status, 200);
    assert.equal(sent.length, 0);
    const counts = Object.fromEntries(deps.modelAdmin.refusals.counts);
    assert.ok(counts["remote"]! > 0 && counts["cross-site"]! > 0 && counts["proxied"]! > 0);
  }));

Deno.test("/api/models refuses what comes through the tunnel", () =>
  withAdmin(async ({ deps }) => {
    const host = "x.trycloudflare.com";
    const app = createApp({ ...deps, tunnel: { host, origin: `https://${host}` } });
    const request = new Request(`https://${host}/api/models`);
    const response = await app.fetch(request, { address: "127.0.0.1", tunnel: { isSecure: true } });
    await assertRefused(response, 403, "tunnelled");
  }));

Deno.test("POST /api/models/pull asks the launcher for what can be had, licence agreed to", () =>
  withAdmin(async ({ ask, sent }) => {
    const refused: [Ask, number, string][] = [
      [{ method: "POST", body: "{}" }, 415, "not-json"],
      [pull({ id: "free", more: 1 }), 400, "bad-request"],
      [pull({ id: "../x" }), 400, "bad-request"],
      [{ ...pull({}), body: "{" }, 400, "bad-request"],
      [{ ...pull({}), body: " ".repeat(5_000) }, 413, "too-large"],
      [pull({ id: "other" }), 404, "unknown-model"],
      [pull({ id: "fake" }), 409, "here-already"],
      [pull({ id: "none" }), 409, "not-for-download"],
      [pull({ id: "agpl" }), 409, "licence-needed"],
      [pull({ id: "agpl", acceptedLicence: "MIT" }), 409, "licence-needed"],
    ];
    for (const [options, status, code] of refused) {
      await assertRefused(await ask("/api/models/pull", options), status, code);
    }
    assert.deepEqual(sent, []);
    const yes = { id: "agpl", acceptedLicence: "AGPL-3.0" };
    const response = await ask("/api/models/pull", pull(yes));
    assert.equal(response.status, 202);
    const { job } = v.parse(modelJobAnswerSchema, await response.json());
    const task = { kind: "pull", id: "agpl", isLicenceAccepted: true };
    assert.deepEqual(sent, [{ kind: "run", job: job.id, task }]);
    for (let at = 0; at < MAX_WAITING_JOBS; at++) {
      assert.equal((await ask("/api/models/pull", pull({ id: "free" }))).status, 202);
    }
    await assertRefused(await ask("/api/models/pull", pull({ id: "free" })), 503, "too-many-jobs");
  }));

Deno.test("/api/models/jobs tells how a job is, and cancels it", () =>
  withAdmin(async ({ ask, sent, link }) => {
    await ask("/api/models/pull", pull({ id: "free" }));
    link.onReport({ kind: "progress", job: 1, receivedBytes: 2, totalBytes: 4 });
    const { job } = await (await ask("/api/models/jobs/1")).json();
    assert.deepEqual([job.state, job.receivedBytes, job.modelId], ["running", 2, "free"]);
    assert.equal((await ask("/api/models/jobs/1", { method: "DELETE" })).status, 200);
    assert.deepEqual(sent.at(-1), { kind: "cancel", job: 1 });
    link.onReport({ kind: "ended", job: 1, code: 130, modelId: null, words: "Stopped." });
    const { jobs } = v.parse(modelJobsSchema, await (await ask("/api/models/jobs")).json());
    assert.deepEqual([jobs[0]!.state, jobs[0]!.words], ["cancelled", "Stopped."]);
    for (const id of ["2", "x", "-1"]) {
      assert.equal(await codeOf(await ask(`/api/models/jobs/${id}`)), "unknown-job");
    }
  }));

Deno.test("POST /api/models/add keeps the file for the launcher, and deletes it at the end", () =>
  withAdmin(async ({ ask, sent, link, dataDir }) => {
    const body = new Uint8Array(100_000).fill(7);
    const path = "/api/models/add?file=Mein%20Modell%20(2).onnx&name=owls&size=96x64&replace=1";
    const response = await ask(path, post(body));
    assert.equal(response.status, 202);
    const [order] = sent;
    assert.ok(order?.kind === "run" && order.task.kind === "add");
    const { upload, file, flags } = order.task;
    const wanted = { name: "owls", size: "96x64", replace: "1" };
    assert.deepEqual([file, flags], ["mein-modell-2.onnx", wanted]);
    assert.deepEqual(await Deno.readFile(`${dataDir}/uploads/${upload}/${file}`), body);
    link.onReport({ kind: "ended", job: 1, code: 0, modelId: "owls", words: "Added." });
    const { job } = await (await ask("/api/models/jobs/1")).json();
    assert.deepEqual([job.state, job.modelId], ["done", "owls"]);
    while ((await left(dataDir)).length > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }));

Deno.test("POST /api/models/add leaves nothing of what it does not take", () =>
  withAdmin(async ({ ask, sent, dataDir }) => {
    const broken = new ReadableStream({
      start(controller) {
        controller.enqueue(new Uint8Array(9));
        queueMicrotask(() => controller.error(new Error("gone")));
      },
    });
    const refused: [string, Ask, string][] = [
      ["?file=m.onnx", post("x", JSON_TYPE), "not-onnx"],
      ["", post("x"), "bad-request"],
      ["?file=m.onnx&picture=/etc/passwd", post("x"), "bad-request"],
      ["?file=m.onnx&labels=/etc/passwd", post("x"), "bad-request"],
      ["?file=m.onnx&name=A", post("x"), "bad-request"],
      ["?file=m.onnx&title=a%0Ab", post("x"), "bad-request"],
      ["?file=m.onnx", post("x", { ...ONNX_TYPE, "content-length": "999999999" }), "too-large"],
      ["?file=m.onnx", post(""), "broken"],
      ["?file=m.onnx", post(broken), "broken"],
    ];
    for (const [query, options, code] of refused) {
      assert.equal(await codeOf(await ask(`/api/models/add${query}`, options)), code, query);
    }
    assert.deepEqual([sent, await left(dataDir)], [[], []]);
    // A place is free again after each.
    assert.equal((await ask("/api/models/add?file=m.onnx", post("x"))).status, 202);
  }));

Deno.test("DELETE /api/models/:id removes what was pulled or added, and nothing else", () =>
  withAdmin(async ({ ask, sent, deps }) => {
    const remove = (id: string) => ask(`/api/models/${id}`, { method: "DELETE" });
    assert.equal(await codeOf(await remove("other")), "unknown-model");
    assert.equal((await remove("fake")).status, 202);
    assert.deepEqual(sent, [{ kind: "run", job: 1, task: { kind: "remove", id: "fake" } }]);
    const modelAdmin = { ...deps.modelAdmin, isRemovable: () => false };
    const init = { method: "DELETE", headers: { origin: ORIGIN } };
    const response = await asker({ ...deps, modelAdmin })("/api/models/fake", init);
    await assertRefused(response, 409, "not-removable");
  }));

Deno.test("/api/models changes nothing without a launcher, but tells what is here", () =>
  withAdmin(async ({ ask, sent }) => {
    const stock = await (await ask("/api/models")).json();
    assert.equal(stock.canChange, false);
    const changes: [string, Ask][] = [
      ["/api/models/pull", pull({ id: "free" })],
      ["/api/models/add?file=m.onnx", post("x")],
      ["/api/models/fake", { method: "DELETE" }],
    ];
    for (const [path, options] of changes) {
      await assertRefused(await ask(path, options), 503, "unavailable");
    }
    assert.deepEqual(sent, []);
  }, { isOpen: false }));

Deno.test("every refusal has a status and a sentence", () => {
  const { refusals } = appDeps().modelAdmin;
  for (const code of MODEL_REFUSALS) assert.ok(refusals.sentenceOf(code).length > 10);
});

async function left(dataDir: string): Promise<string[]> {
  try {
    return await Array.fromAsync(Deno.readDir(`${dataDir}/uploads`), ({ name }) => name);
  } catch {
    return [];
  }
}
