import assert from "node:assert/strict";
import { storedBackendMemory } from "./backend_memory.ts";

/** Storage as browsers have it, with an optional quota of zero. */
function fakeStorage(isFull = false): Storage {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem(key: string, value: string) {
      if (isFull) throw new DOMException("full", "QuotaExceededError");
      items.set(key, value);
    },
  } as Storage;
}

Deno.test("storedBackendMemory() keeps a verdict per model and browser", () => {
  const storage = fakeStorage();
  const memory = storedBackendMemory(storage, "browser 1");
  assert.equal(memory.recall("a"), null);
  memory.remember("a", "webgpu");
  memory.remember("a", "wasm");
  memory.remember("b", "webgpu");
  assert.deepEqual([memory.recall("a"), memory.recall("b")], ["wasm", "webgpu"]);
  assert.equal(storedBackendMemory(storage, "browser 2").recall("a"), null);
});

Deno.test("storedBackendMemory() forgets the oldest, and survives storage that is full or garbled", () => {
  const storage = fakeStorage();
  const memory = storedBackendMemory(storage, "x");
  for (let i = 0; i < 40; i++) memory.remember(`model ${i}`, "wasm");
  assert.equal(memory.recall("model 0"), null);
  assert.equal(memory.recall("model 39"), "wasm");
  storage.setItem("peerlens.backends", '{"a": 1');
  assert.equal(memory.recall("model 39"), null);
  const full = storedBackendMemory(fakeStorage(true), "x");
  full.remember("a", "wasm");
  assert.equal(full.recall("a"), null);
});
