import assert from "node:assert/strict";
import type { ModelJob } from "@/protocol";
import { ModelAdmin } from "./model_admin.ts";
import { createModelsState } from "./models_state.ts";

function job(id: number, over: Partial<ModelJob> = {}): ModelJob {
  const progress = { receivedBytes: null, totalBytes: null };
  return {
    id,
    kind: "pull",
    state: "running",
    modelId: "m",
    file: null,
    words: "",
    ...progress,
    ...over,
  };
}

/** A server whose jobs the test sets, and what it was asked. */
function setup() {
  const state = createModelsState();
  const asked: string[] = [];
  const waits: (() => void)[] = [];
  const server = { jobs: [] as ModelJob[], answer: null as unknown, isAway: false };
  const admin = new ModelAdmin({
    state,
    timers: { setTimeout: (call) => waits.push(call) },
    fetch(url, init) {
      asked.push(`${init?.method ?? "GET"} ${url} ${init?.body ?? ""}`.trim());
      if (server.isAway) return Promise.reject(new TypeError("away"));
      const stock = { here: [], available: [], damaged: [], canChange: true, jobs: server.jobs };
      return Promise.resolve(Response.json(init === undefined ? stock : server.answer));
    },
  });
  const rest = () => new Promise((resolve) => setTimeout(resolve, 0));
  const tick = async () => {
    waits.splice(0).forEach((call) => call());
    await rest();
  };
  return { state, asked, server, admin, rest, tick };
}

Deno.test("ModelAdmin asks once where nothing goes on, and again and again while something does", async () => {
  const { asked, server, admin, rest, tick, state } = setup();
  admin.refresh();
  await rest();
  await tick();
  assert.equal(asked.length, 1);

  server.answer = { job: job(7) };
  server.jobs = [job(7)];
  await admin.pull("m", "AGPL-3.0");
  await rest();
  assert.equal(asked[1], 'POST /api/models/pull {"id":"m","acceptedLicence":"AGPL-3.0"}');
  assert.deepEqual([...state.ownJobs.value], [7]);
  await tick();
  await tick();
  assert.equal(asked.length, 5);
  server.jobs = [job(7, { state: "done" })];
  await tick();
  await tick();
  assert.equal(asked.length, 6);
  assert.equal(state.stock.value?.jobs[0]?.state, "done");
});

Deno.test("ModelAdmin shows a refusal as a sentence, and forgets it with the next change", async () => {
  const { server, admin, state } = setup();
  server.answer = { code: "here-already", message: "The model is here already" };
  await admin.pull("m", null);
  assert.equal(state.problem.value, "The model is here already.");
  server.answer = { job: job(1) };
  await admin.remove("m");
  assert.equal(state.problem.value, null);
});

Deno.test("ModelAdmin tells of files on their way, and gives up a server that is gone", async () => {
  const { asked, server, admin, rest, tick, state } = setup();
  server.answer = { job: job(3, { kind: "add" }) };
  await admin.add(new File(["x"], "best & last.onnx"));
  await rest();
  assert.ok(asked.some((line) => line.startsWith("POST /api/models/add?file=best+%26+last.onnx")));
  await admin.addAgain(3, { labels: "coco" });
  assert.ok(asked.some((line) => line.includes("file=best+%26+last.onnx&labels=coco")));
  await rest();
  server.isAway = true;
  admin.refresh();
  await tick();
  await tick();
  const { length } = asked;
  await tick();
  assert.equal(asked.length, length);
  assert.deepEqual([state.stock.value, state.problem.value], [null, "The server does not answer."]);
});
