import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import type { ClientConfig, ServedModel } from "@/protocol";
import type { DetectionChoices } from "../detection/detection_settings.ts";
import { ModelList, withFreshModels } from "./model_list.ts";
import { isSameModel } from "../detection/detector_pool.ts";

const model = (id: string, over: Partial<ServedModel> = {}) =>
  ({
    id,
    title: id.toUpperCase(),
    sha256: "1",
    labels: ["cat"],
    scoreThreshold: 0.3,
    iouThreshold: 0.5,
    ...over,
  }) as ServedModel;

const CHOICES: DetectionChoices = {
  mode: "wasm",
  size: null,
  detectionFps: 6,
  modelId: "b",
  scoreThreshold: 0.4,
  iouThreshold: 0.5,
  classes: new Set([0]),
  mirror: false,
  display: "live",
};

const told = (revision: string, ...models: ServedModel[]) =>
  ({ models, modelProblem: null, modelsRevision: revision }) as unknown as ClientConfig;

Deno.test("withFreshModels() takes the server's list and leaves the choice alone", () => {
  const fresh = told("2", model("a"), model("b"), model("c"));
  const { models, choices } = withFreshModels(told("1", model("a"), model("b")), fresh, CHOICES);
  assert.deepEqual(models, fresh.models);
  assert.equal(choices, CHOICES);
});

Deno.test("withFreshModels() keeps the model in use that was removed, marked once", () => {
  const known = told("1", model("a"), model("b"));
  const first = withFreshModels(known, told("2", model("a")), CHOICES);
  assert.deepEqual(first.models.map(({ title }) => title), ["A", "B (removed)"]);
  assert.ok(isSameModel(first.models[1]!, known.models[1]!));
  const second = withFreshModels(first, told("3", model("a"), model("c")), CHOICES);
  assert.deepEqual(second.models.map(({ title }) => title), ["A", "C", "B (removed)"]);
  const back = withFreshModels(second, told("4", model("a"), model("b")), CHOICES);
  assert.deepEqual(back.models.map(({ title }) => title), ["A", "B"]);
});

Deno.test("withFreshModels() has another file of the same id used anew, and its classes chosen anew", () => {
  const known = told("1", model("b"));
  const other = withFreshModels(known, told("2", model("b", { sha256: "2" })), CHOICES);
  assert.ok(!isSameModel(other.models[0]!, known.models[0]!));
  assert.equal(other.choices, CHOICES);
  const renamed = withFreshModels(known, told("2", model("b", { labels: ["dog"] })), CHOICES);
  assert.ok(!isSameModel(renamed.models[0]!, known.models[0]!));
  assert.equal(renamed.choices.classes, null);
});

Deno.test("withFreshModels() chooses the first where there was none", () => {
  const none = { ...CHOICES, modelId: null };
  const { choices } = withFreshModels(told("1"), told("2", model("a"), model("b")), none);
  const { modelId, scoreThreshold, detectionFps } = choices;
  assert.deepEqual([modelId, scoreThreshold, detectionFps], ["a", 0.3, 6]);
});

function scene(answers: (ClientConfig | null)[]) {
  const state = {
    config: signal<ClientConfig | null>(told("1", model("a"), model("b"))),
    choices: signal(CHOICES),
  };
  let asked = 0;
  const list = new ModelList({
    state,
    timers: { setTimeout: (call: () => void) => (queueMicrotask(call), 0) },
    readConfig: () => {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      return answer ? Promise.resolve(answer) : Promise.reject(new Error("away"));
    },
  });
  const rest = () => new Promise((resolve) => setTimeout(resolve, 0));
  return { state, list, rest, asked: () => asked };
}

Deno.test("ModelList.heard() asks only for a list that the page does not have, and asks again", async () => {
  const { state, list, rest, asked } = scene([null, told("2", model("a"))]);
  list.heard("1");
  await rest();
  assert.equal(asked(), 0);
  list.heard("2");
  await rest();
  assert.deepEqual([asked(), state.config.value!.modelsRevision], [2, "2"]);
});

Deno.test("ModelList drops a removed model when another is chosen, and gives up a silent server", async () => {
  const { state, list, rest } = scene([told("2", model("a"))]);
  list.heard("2");
  await rest();
  const titles = () => state.config.value!.models.map(({ title }) => title);
  assert.deepEqual(titles(), ["A", "B (removed)"]);
  state.choices.value = { ...CHOICES, modelId: "a" };
  assert.deepEqual(titles(), ["A"]);
  const silent = scene([null]);
  silent.list.heard("2");
  await silent.rest();
  assert.equal(silent.asked(), 5);
});
