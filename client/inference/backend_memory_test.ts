import assert from "node:assert/strict";
import { storedBackendMemory } from "./backend_memory.ts";
import { FakeStorage } from "../base/testing/fake_storage.ts";

Deno.test("storedBackendMemory() keeps a verdict per model and browser", () => {
  const storage = new FakeStorage();
  const memory = storedBackendMemory(() => storage, "browser 1");
  assert.equal(memory.recall("a"), null);
  const webgpu = { backend: "webgpu", threads: null } as const;
  const wasm = { backend: "wasm", threads: 3 } as const;
  memory.remember("a", webgpu);
  memory.remember("a", wasm);
  memory.remember("b", webgpu);
  assert.deepEqual([memory.recall("a"), memory.recall("b")], [wasm, webgpu]);
  storage.setItem("peerlens.backends", JSON.stringify([["a browser 1", "wasm"]]));
  assert.equal(memory.recall("a"), null, "of another kind");
  assert.equal(storedBackendMemory(() => storage, "browser 2").recall("a"), null);
});
