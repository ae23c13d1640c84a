import assert from "node:assert/strict";
import { fakeCatalog } from "../test_helpers.ts";
import { MAX_LOADED_MODELS, type ModelLoader, ModelStore } from "./model_store.ts";

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
  return { store: new ModelStore(models, loader, { id: "main", runMs: 3 }), events };
}

Deno.test("ModelStore.use() loads a model once, however many use it", async () => {
  const { store, events } = setup();
  const results = await Promise.all([
    store.use("a", "1"),
    store.use("a", "2"),
    store.use("main", "3"),
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
  await store.use("a", "1");
  await store.use("b", "2");
  assert.equal(store.size, MAX_LOADED_MODELS);
  assert.equal(await store.use("c", "3"), "unavailable");
  store.release("a", "1");
  assert.notEqual(await store.use("c", "3"), "unavailable");
  assert.deepEqual(events, ["load a", "load b", "unload a", "load c"]);
  store.release("c", "3");
  store.release("b", "2");
  await store.use("c", "4");
  await store.use("d", "4");
  assert.equal(events.at(-2), "unload b");
});

Deno.test("ModelStore.use() refuses unknown models and tries a failed one anew", async () => {
  const { store, events } = setup(["a"]);
  assert.equal(await store.use("nothing", "1"), "unknown-model");
  await assert.rejects(store.use("a", "1"), /broken/);
  await assert.rejects(store.use("a", "1"), /broken/);
  assert.deepEqual(events, ["load a", "load a"]);
  assert.equal(store.size, 1);
});
