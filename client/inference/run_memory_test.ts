import assert from "node:assert/strict";
import type { ServedModel } from "@/protocol";
import { storedRunMemory } from "./run_memory.ts";
import { FakeStorage } from "../base/testing/fake_storage.ts";

const model = (sha256: string, widthPx = 416) =>
  ({ sha256, input: { widthPx, heightPx: 320 } }) as ServedModel;

Deno.test("storedRunMemory() keeps a time per file, input size and browser", () => {
  const storage = new FakeStorage();
  const memory = storedRunMemory(() => storage, "browser 1");
  assert.equal(memory.recall(model("a")), null);
  memory.remember(model("a"), 12.3456);
  memory.remember(model("a", 640), 40);
  memory.remember(model("b"), 0);
  assert.deepEqual([model("a"), model("a", 640), model("b")].map(memory.recall), [12.35, 40, 0.01]);
  memory.remember(model("a"), 11);
  assert.equal(memory.recall(model("a")), 11);
  assert.equal(storedRunMemory(() => storage, "browser 2").recall(model("a")), null);
});
