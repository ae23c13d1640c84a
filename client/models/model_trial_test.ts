import assert from "node:assert/strict";
import type { ServedModel } from "@/protocol";
import type { Detector } from "../inference/detector.ts";
import type { DetectorParts } from "../detection/detector_pool.ts";
import { tryModels } from "./model_trial.ts";
import type { TrialView } from "./models_state.ts";

const model = (id: string) => ({ id, title: id.toUpperCase() }) as ServedModel;
const READY = { kind: "ready", backend: "wasm", threads: 2, warmRunMs: 20 } as const;

function setup() {
  const open = new Map<string, DetectorParts["events"]>();
  const views: TrialView[] = [];
  const abort = new AbortController();
  const options = {
    signal: abort.signal,
    onProgress: (view: TrialView) => void views.push(view),
    create({ model: { id }, events }: DetectorParts) {
      open.set(id, events);
      return { close: () => open.delete(id) } as unknown as Detector;
    },
  };
  const rest = () => new Promise((resolve) => setTimeout(resolve, 0));
  return { open, views, abort, options, rest };
}

Deno.test("tryModels() has one model at a time, and goes on after one that fails", async () => {
  const { open, views, options, rest } = setup();
  const failures = tryModels(["a", "b", "c"].map(model), options);
  assert.deepEqual([...open.keys()], ["a"]);
  open.get("a")!.onState(READY);
  await rest();
  assert.deepEqual([...open.keys()], ["b"]);
  open.get("b")!.onState({ kind: "restarting", message: "It died" });
  await rest();
  assert.deepEqual([...open.keys()], ["b"], "it may yet come");
  open.get("b")!.onState({ kind: "failed", code: "crashed", message: "It died again." });
  await rest();
  open.get("c")!.onState(READY);
  assert.deepEqual([...await failures], [["b", "It died again."]]);
  assert.equal(open.size, 0);
  assert.deepEqual(
    views.filter(({ state }) => state === null).map(({ title, number, of }) => [title, number, of]),
    [["A", 1, 3], ["B", 2, 3], ["C", 3, 3]],
  );
});

Deno.test("tryModels() stops at once, and leaves nothing running", async () => {
  const { open, abort, options } = setup();
  const failures = tryModels(["a", "b"].map(model), options);
  abort.abort();
  assert.equal((await failures).size, 0);
  assert.equal(open.size, 0);
});
