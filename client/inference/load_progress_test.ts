import assert from "node:assert/strict";
import { LoadProgress } from "./load_progress.ts";

function setUp() {
  const told: string[] = [];
  const progress = new LoadProgress(({ part, loadedBytes }) => told.push(`${part} ${loadedBytes}`));
  const add = (part: "runtime" | "model", loadedBytes: number) =>
    progress.add(part, { loadedBytes, totalBytes: 10, cached: false });
  return { told, progress, add };
}

Deno.test("LoadProgress tells of the runtime alone until it is there, then of the model", () => {
  const { told, progress, add } = setUp();
  add("model", 2);
  add("runtime", 3);
  add("model", 6);
  add("runtime", 10);
  progress.end("runtime");
  add("model", 10);
  progress.end("model");
  assert.deepEqual(told, ["runtime 3", "runtime 10", "model 6", "model 10", "warm-up 0"]);
});

Deno.test("LoadProgress does not go back to a model that came before the runtime", () => {
  const { told, progress, add } = setUp();
  add("runtime", 3);
  add("model", 10);
  progress.end("model");
  add("runtime", 10);
  progress.end("runtime");
  assert.deepEqual(told, ["runtime 3", "runtime 10", "warm-up 0"]);
});

Deno.test("LoadProgress says nothing of a part that has not begun", () => {
  const { told, progress, add } = setUp();
  progress.end("runtime");
  assert.deepEqual(told, []);
  add("model", 1);
  assert.deepEqual(told, ["model 1"]);
});
