/** The models of the app as it is really started, changed over the network by its owner. */
import assert from "node:assert/strict";
import * as v from "valibot";
import { type ModelJob, modelJobAnswerSchema, modelStockSchema } from "@/protocol";
import { headFile } from "../../models/testing/heads.ts";
import { makeInstallation } from "../installation.ts";
import { startServer } from "../server.ts";

const ID = "owls";

Deno.test("the owner adds and removes a model over the network, and nothing is left", async () => {
  await using installation = await makeInstallation();
  await using server = await startServer({ root: installation.root });
  const origin = server.httpUrl;
  const ask = async (path: string, init: RequestInit = {}) => {
    const headers = { origin, ...init.headers };
    return await fetch(`${origin}${path}`, { ...init, headers });
  };
  const stock = async () => v.parse(modelStockSchema, await (await ask("/api/models")).json());
  const over = async (response: Response): Promise<ModelJob> => {
    assert.equal(response.status, 202, await response.clone().text());
    const { job: { id } } = v.parse(modelJobAnswerSchema, await response.json());
    for (;;) {
      const { job } = await (await ask(`/api/models/jobs/${id}`)).json();
      if (!["waiting", "running"].includes(job.state)) return job;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  const isServed = async () => {
    const { models } = await (await fetch(`${origin}/api/config`)).json();
    return models.some(({ id }: { id: string }) => id === ID);
  };
  const until = async (is: boolean) => {
    while (await isServed() !== is) await new Promise((resolve) => setTimeout(resolve, 50));
  };
  const post = (query: string, body: BodyInit) =>
    ask(`/api/models/add?file=m.onnx${query}`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream" },
      body,
    });

  assert.equal((await stock()).canChange, true);
  const bad = await over(await post(`&name=${ID}`, "no model"));
  assert.equal(bad.state, "failed");
  assert.match(bad.words, /m\.onnx cannot be used: it is no ONNX file/);

  const added = await over(await post(`&name=${ID}`, headFile("yolov8")));
  assert.deepEqual([added.state, added.modelId], ["done", ID], added.words);
  await until(true);
  const mine = (await stock()).here.find(({ id }) => id === ID)!;
  assert.equal(mine.isRemovable, true);
  assert.deepEqual(await (await fetch(`${origin}${mine.url}`)).bytes(), headFile("yolov8"));
  const again = await over(await post("", headFile("yolov8")));
  assert.equal(again.modelId, ID, again.words);

  const removed = await over(await ask(`/api/models/${ID}`, { method: "DELETE" }));
  assert.equal(removed.state, "done", removed.words);
  await until(false);
});
