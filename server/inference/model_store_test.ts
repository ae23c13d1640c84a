import assert from "node:assert/strict";
import { fakeCatalog } from "../testing/helpers.ts";
import type { Account } from "./account.ts";
import {
  LOAD_RATE,
  MAX_LOADED_MODELS,
  modelIdOf,
  type ModelLoader,
  ModelStore,
} from "./model_store.ts";

const ANNA: Account = { address: "anna", room: "r", isTrusted: false };

function setup(fail: readonly string[] = []) {
  const events: string[] = [];
  const [model] = fakeCatalog("/x.onnx").present;
  const models = ["main", "a", "b", "c", "d"].map((id) => ({
    ...model!,
    entry: { ...model!.entry, id },
  }));
  const loader: ModelLoader = {
    load: async ({ entry }) => {
      events.push(`load ${entry.id}`);
      await Promise.resolve();
      if (fail.includes(entry.id)) throw new Error("broken");
      return { runMs: 7 };
    },
    unload: (id) => Promise.resolve(void events.push(`unload ${id}`)),
  };
  const offered = { models, defaultModelId: "main" };
  const clock = { nowMs: 0 };
  const store = new ModelStore(offered, loader, { runMs: 3 }, () => clock.nowMs);
  return { store, offered, events, clock };
}

Deno.test("ModelStore.use() loads a model once, however many use it", async () => {
  const { store, events } = setup();
  const results = await Promise.all([
    store.use("a", "1", ANNA),
    store.use("a", "2", ANNA),
    store.use("main", "3", ANNA),
  ]);
  assert.deepEqual(results.map((result) => typeof result === "string" ? result : result.runMs), [
    7,
    7,
    3,
  ]);
  assert.deepEqual(events, ["load a"]);
  assert.deepEqual(store.runMs, { main: 3, a: 7 });
});

Deno.test("ModelStore.use() takes the place of a model that nobody uses, and of no other", async () => {
  const { store, events } = setup();
  await store.use("a", "1", ANNA);
  await store.use("b", "2", ANNA);
  assert.equal(store.size, MAX_LOADED_MODELS);
  assert.equal(await store.use("c", "3", ANNA), "too-many");
  store.release("a", "1");
  assert.notEqual(await store.use("c", "3", ANNA), "too-many");
  assert.deepEqual(events, ["load a", "load b", "unload a", "load c"]);
  store.release("c", "3");
  store.release("b", "2");
  await store.use("c", "4", ANNA);
  await store.use("d", "4", ANNA);
  assert.equal(events.at(-2), "unload b");
});

Deno.test("ModelStore.use() keeps a place for trusted accounts, and loads few models for one address", async () => {
  const { store, events, clock } = setup();
  await store.use("a", "1", ANNA);
  await store.use("b", "2", ANNA);
  assert.equal(await store.use("c", "3", ANNA), "too-many");
  const owner: Account = { address: "owner", room: "o", isTrusted: true };
  assert.notEqual(await store.use("c", "3", owner), "too-many");
  assert.equal(await store.use("d", "4", owner), "too-many");
  store.release("a", "1");
  for (let at = 0; at < 20; at++) {
    const [id, user] = [["d", "a"][at % 2]!, "5"];
    if (typeof await store.use(id, user, ANNA) !== "string") store.release(id, user);
  }
  const loads = events.filter((event) => event.startsWith("load") && event !== "load c").length;
  assert.equal(loads, LOAD_RATE.burst);
  assert.equal(await store.use("a", "5", ANNA), "too-fast");
  // Neither others nor what is loaded is held up by it.
  assert.notEqual(await store.use("b", "6", ANNA), "too-fast");
  assert.notEqual(await store.use("a", "7", { ...ANNA, address: "ben" }), "too-fast");
  store.release("a", "7");
  clock.nowMs += 1_000 / LOAD_RATE.perSecond;
  assert.notEqual(await store.use("d", "5", ANNA), "too-fast");
});

Deno.test("ModelStore.use() refuses unknown models and tries a failed one anew", async () => {
  const { store, events } = setup(["a"]);
  assert.equal(await store.use("nothing", "1", ANNA), "unknown-model");
  await assert.rejects(store.use("a", "1", ANNA), /broken/);
  await assert.rejects(store.use("a", "1", ANNA), /broken/);
  assert.deepEqual(events, ["load a", "load a"]);
  assert.equal(store.size, 1);
});

Deno.test("ModelStore.offer() gives new users the new file of an id, and leaves the old to its users", async () => {
  const { store, offered, events } = setup();
  assert.equal(store.nameOf("a", "1"), "a");
  await store.use("a", "1", ANNA);
  const models = offered.models.map((model) =>
    model.entry.id !== "a"
      ? model
      : { ...model, labels: ["other"], entry: { ...model.entry, sha256: "cd".repeat(32) } }
  );
  store.offer({ ...offered, models });
  // Nothing is different for all others.
  store.offer({ ...offered, models: structuredClone(models) });
  assert.equal(store.nameOf("main", "1"), "main");
  const name = store.nameOf("a", "2")!;
  assert.equal(modelIdOf(name), "a");
  await store.use(name, "2", ANNA);
  assert.deepEqual(events, ["load a", `load ${name}`]);
  assert.deepEqual([store.labels("a"), store.labels(name)], [["thing"], ["other"]]);
  store.release("a", "1");
  assert.equal(events.at(-1), "unload a");
  store.release(name, "2");
  assert.equal(events.length, 3);
});

Deno.test("ModelStore.offer() frees a model that is removed with its last user", async () => {
  const { store, offered, events } = setup();
  await store.use("a", "1", ANNA);
  await store.use("b", "2", ANNA);
  store.release("b", "2");
  const main = offered.models.filter(({ entry }) => entry.id === "main");
  store.offer({ ...offered, models: main });
  assert.deepEqual(events, ["load a", "load b", "unload b"]);
  assert.deepEqual([store.nameOf("a", "1"), store.nameOf("a", "2")], ["a", null]);
  await store.use("a", "1", ANNA);
  store.release("a", "1");
  assert.deepEqual([events.at(-1), store.nameOf("a", "1")], ["unload a", null]);
  assert.equal(await store.use("a", "1", ANNA), "unknown-model");
  store.offer(offered);
  await store.use(store.nameOf("a", "1")!, "1", ANNA);
  assert.match(events.at(-1)!, /^load a/);
});
