import assert from "node:assert/strict";
import type { FromLane, ToLane } from "./lane_messages.ts";
import { Lane } from "./lane.ts";
import { ModelWorker } from "./model_worker.ts";
import { childModels, gradient, SETTINGS } from "./testing/test_child.ts";

const { models, defaultModelId } = await childModels();
const model = models.find(({ entry }) => entry.id === defaultModelId)!;
const load: ToLane = { kind: "load", model, providers: ["cpu"], threads: 1 };
const unload: ToLane = { kind: "unload", modelId: model.entry.id };
const frame = (): ToLane => {
  const { jpeg, ...sizePx } = gradient(64, 48);
  const job = {
    jpeg: new Uint8Array(jpeg),
    ...sizePx,
    settings: SETTINGS,
    isFollowed: false,
    isPicture: false,
  };
  return { kind: "frame", job };
};
const kinds = (answers: readonly FromLane[]) => answers.map(({ kind }) => kind);

Deno.test("ModelWorker answers in the order in which it is asked, whatever takes how long", async () => {
  const worker = new ModelWorker((message) => assert.fail(message));
  const answers = await Promise.all([
    worker.ask(frame()),
    worker.ask(load),
    worker.ask(frame()),
    worker.ask(unload),
    worker.ask(load),
    worker.ask(frame()),
    worker.ask(unload),
    worker.ask(unload),
    worker.ask({ ...load, providers: [] }),
  ]);
  worker.close();
  const expected = ["loaded", "done", "unloaded", "loaded", "done", "unloaded"];
  assert.deepEqual(kinds(answers).slice(1, 7), expected);
  assert.deepEqual([answers[0]!.kind, answers[8]!.kind], ["failed", "failed"]);
});

Deno.test("Lane answers frames of a model while another is loaded, and unloads what it does not have", async () => {
  const lane = new Lane((message) => assert.fail(message));
  await lane.expect(load, "loaded");
  const order: string[] = [];
  const other = { ...model, entry: { ...model.entry, id: "other" } };
  const noFile = { ...other, path: "/nowhere/none.onnx" };
  const loading = lane.ask({ ...load, model: other }).then(({ kind }) => order.push(kind));
  const failing = lane.ask({ ...load, model: noFile });
  for (let at = 0; at < 3; at++) order.push((await lane.ask(frame())).kind);
  await loading;
  assert.deepEqual(order, ["done", "done", "done", "loaded"]);
  assert.equal((await failing).kind, "failed");
  assert.deepEqual(kinds(await Promise.all([lane.ask(frame()), lane.ask(unload)])), [
    "done",
    "unloaded",
  ]);
  assert.deepEqual(kinds([await lane.ask(frame()), await lane.ask(unload)]), [
    "failed",
    "unloaded",
  ]);
  await assert.rejects(lane.expect(frame(), "done"), /not loaded/);
  lane.close();
});

Deno.test({
  name: "Lane opens no more descriptors, however often its models change",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    const lane = new Lane((message) => assert.fail(message));
    const descriptors = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const change = async () => {
      await lane.expect(load, "loaded");
      await lane.expect(unload, "unloaded");
      // So does one that does not load.
      assert.equal((await lane.ask({ ...load, providers: [] })).kind, "failed");
    };
    for (let at = 0; at < 2; at++) await change();
    const before = descriptors();
    for (let at = 0; at < 5; at++) await change();
    assert.equal(descriptors(), before);
    lane.close();
  },
});
