import assert from "node:assert/strict";
import { Hono } from "hono";
import type { CatalogModel } from "../../models/catalog.ts";
import type { AppEnv } from "../base/security.ts";
import { addPages, type PageDeps } from "./routes.ts";

const SHA256 = "a".repeat(64);
const URL_PATH = `http://localhost/models/${SHA256}/far.onnx`;

/** Of a model that only workers have. */
function appWith(modelFile: PageDeps["modelFile"]): Hono<AppEnv> {
  const entry = { sha256: SHA256, file: "far.onnx", bytes: 3 };
  const model = { entry, labels: [], path: "" } as unknown as CatalogModel;
  const catalog = () => ({ present: [model] });
  const app = new Hono<AppEnv>();
  addPages(app, { catalog, modelFile, dist: "/nowhere" } as unknown as PageDeps);
  return app;
}

Deno.test("who asks only for the head of a worker's model has no file sent", async () => {
  let sent = 0;
  const app = appWith(() => {
    sent += 1;
    return new Blob(["abc"]).stream();
  });
  const head = await app.request(URL_PATH, { method: "HEAD" });
  assert.equal(head.status, 200);
  assert.equal(head.headers.get("content-length"), "3");
  assert.equal(sent, 0);
  assert.equal(await (await app.request(URL_PATH)).text(), "abc");
  assert.equal(sent, 1);
});

Deno.test("a worker's model that cannot be sent now is to be asked for again", async () => {
  const response = await appWith(() => null).request(URL_PATH);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get("retry-after"), "2");
  assert.equal((await response.json()).code, "busy");
});
