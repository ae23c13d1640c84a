import assert from "node:assert/strict";
import type { ModelJob, ModelStock, ServedModel } from "@/protocol";
import { type ModelsFacts, modelsView, offerOf } from "./models_view.ts";

const model = (id: string, over: Partial<ServedModel> = {}) =>
  ({
    id,
    title: id.toUpperCase(),
    bytes: 2_000_000,
    licence: "MIT",
    input: { widthPx: 416, heightPx: 416 },
    ...over,
  }) as ServedModel;

function job(id: number, over: Partial<ModelJob>): ModelJob {
  const progress = { receivedBytes: null, totalBytes: null };
  return {
    id,
    kind: "add",
    state: "done",
    modelId: "b",
    file: "b.onnx",
    words: "W",
    ...progress,
    ...over,
  };
}

const STOCK = {
  here: [{ id: "a", title: "A", isRemovable: false }, { id: "b", title: "B", isRemovable: true }],
  available: [{
    id: "c",
    title: "C",
    licence: "AGPL-3.0",
    source: "there",
    bytes: null,
    publishedAp: 0.28,
    asksConsent: true,
    obtain: null,
  }],
  damaged: [],
  canChange: true,
  jobs: [],
} as unknown as ModelStock;

const FACTS: ModelsFacts = {
  models: [model("a", { publishedAp: 0.304, relativeTime: 1 }), model("b", { licence: "unknown" })],
  choices: { mode: "wasm", modelId: "a", size: null },
  side: "local",
  fps: 30,
  processedFps: null,
  profile: "balanced",
  measuredMs: ({ id }) => id === "a" ? 20 : null,
  trial: null,
  outcome: null,
  failures: new Map([["b", "B died."]]),
  stock: null,
  ownJobs: new Set(),
  problem: null,
  isOwner: false,
};

Deno.test("modelsView() says of each model what is known", () => {
  const { rows, leftOut, owner } = modelsView(FACTS);
  assert.deepEqual(rows, [
    {
      id: "a",
      title: "A",
      facts: "good accuracy (AP .304) · 2.0 MB · MIT",
      rate: "About 30 a second, measured in this browser: 20 ms a run.",
      isInUse: true,
      isRemovable: false,
      failure: null,
    },
    {
      id: "b",
      title: "B",
      facts: "accuracy unknown · 2.0 MB · licence unknown",
      rate: "Frame rate unknown until you try it.",
      isInUse: false,
      isRemovable: false,
      failure: "B died.",
    },
  ]);
  assert.match(leftOut!, /B \(licence unknown\)/);
  assert.equal(owner, null);
});

Deno.test("modelsView() shows nobody but the owner what can be had and removed", () => {
  assert.equal(modelsView({ ...FACTS, stock: STOCK }).owner, null);
  const { rows, owner } = modelsView({ ...FACTS, stock: STOCK, isOwner: true });
  assert.deepEqual(rows.map(({ isRemovable }) => isRemovable), [false, true]);
  assert.deepEqual(owner!.available.map(({ title, facts }) => [title, facts]), [
    ["C", "basic accuracy (AP .280) · size unknown · AGPL-3.0"],
  ]);
});

Deno.test("modelsView() shows this page's changes and those under way, a download with its model", () => {
  const jobs = [
    job(1, { state: "failed", modelId: null }),
    job(2, { kind: "pull", modelId: "c", state: "running", receivedBytes: 1, totalBytes: 4 }),
    job(3, { kind: "remove" }),
    job(4, {}),
  ];
  const facts = { ...FACTS, isOwner: true, stock: { ...STOCK, jobs }, ownJobs: new Set([3, 4]) };
  const owner = modelsView(facts).owner!;
  assert.deepEqual(owner.jobs.map(({ words, notes, offer }) => [words, notes, offer?.kind]), [
    ["B was removed.", "", undefined],
    ["B is here.", "W", "use"],
  ]);
  assert.deepEqual([owner.available[0]!.job?.done, owner.available[0]!.job?.isUnderWay], [
    0.25,
    true,
  ]);
});

Deno.test("offerOf() offers an added model that is not in use, and names to a file without", () => {
  const offered = (over: Partial<ModelJob>, facts = FACTS) => offerOf(job(1, over), facts)?.kind;
  assert.equal(offered({}), "use");
  assert.equal(offered({}, { ...FACTS, models: [] }), undefined);
  assert.equal(offered({ modelId: "a" }), undefined);
  assert.equal(offered({ state: "failed" }), undefined);
  assert.equal(offered({ state: "failed", words: "give names with --labels coco." }), "coco");
});

Deno.test("modelsView() says why the owner sees nothing", () => {
  assert.equal(modelsView({ ...FACTS, isOwner: true }).owner, null);
  const owner = modelsView({ ...FACTS, isOwner: true, problem: "No answer." }).owner;
  assert.deepEqual([owner?.problem, owner?.canChange], ["No answer.", null]);
});
