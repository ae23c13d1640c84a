import assert from "node:assert/strict";
import { argsOf, ModelRunner } from "./model_runner.ts";
import type { ModelReport } from "../models/orders.ts";
import { tempFolder } from "../testing/temp_folder.ts";

const UPLOAD = "0123456789abcdef0123456789abcdef";

function scene(dataDir = "/nowhere") {
  const reports: ModelReport[] = [];
  let wake = () => {};
  const runner = new ModelRunner({
    config: { dataDir, modelPath: [] },
    send: (report) => {
      reports.push(report);
      wake();
    },
  });
  const ended = async (job: number) => {
    for (;;) {
      const found = reports.find((report) => report.kind === "ended" && report.job === job);
      if (found?.kind === "ended") return found;
      await new Promise<void>((resolve) => wake = resolve);
    }
  };
  return { runner, reports, ended };
}

Deno.test("argsOf() makes one command of a task, in which nothing is taken for another flag", () => {
  const flags = { title: "--replace", name: "owls", labels: "coco", replace: "1" } as const;
  assert.deepEqual(argsOf({ kind: "add", upload: UPLOAD, file: "m.onnx", flags }, "/data"), [
    "add",
    `/data/uploads/${UPLOAD}/m.onnx`,
    "--title=--replace",
    "--name=owls",
    "--labels=coco",
    "--replace",
  ]);
  const pull = { kind: "pull", id: "m" } as const;
  assert.deepEqual(argsOf({ ...pull, isLicenceAccepted: false }, "/data"), ["pull", "m"]);
  assert.deepEqual(
    argsOf({ ...pull, isLicenceAccepted: true }, "/data").at(-1),
    "--accept-licence",
  );
});

Deno.test("ModelRunner obeys nothing but orders, whatever the server says", async () => {
  const { runner, reports } = scene();
  const add = { kind: "add", upload: UPLOAD, file: "m.onnx", flags: {} };
  const run = (task: unknown) => ({ kind: "run", job: 1, task });
  const hostile: unknown[] = [
    null,
    "run",
    { kind: "run" },
    run({ kind: "bench" }),
    run({ kind: "pull", id: "--help", isLicenceAccepted: true }),
    run({ kind: "remove", id: "../x" }),
    run({ ...add, upload: "../../../etc" }),
    run({ ...add, file: "../m.onnx" }),
    run({ ...add, file: "passwd" }),
    run({ ...add, flags: { picture: "/etc/passwd" } }),
    run({ ...add, flags: { labels: "/etc/passwd" } }),
    run({ ...add, flags: { title: "a\nb" } }),
    { ...run(add), env: {} },
  ];
  for (const message of hostile) runner.receive(message);
  await runner.stop();
  assert.deepEqual(reports, []);
  runner.receive({ kind: "hello" });
  assert.deepEqual(reports, [{ kind: "present" }]);
});

Deno.test("ModelRunner runs one command, and tells what it said and how it ended", async () => {
  await using dataDir = await tempFolder();
  await Deno.mkdir(`${dataDir.path}/uploads/${UPLOAD}`, { recursive: true });
  await Deno.writeTextFile(`${dataDir.path}/uploads/${UPLOAD}/m.onnx`, "no model");
  const { runner, ended } = scene(dataDir.path);
  const task = { kind: "add", upload: UPLOAD, file: "m.onnx", flags: {} };
  runner.receive({ kind: "run", job: 1, task });
  runner.receive({ kind: "run", job: 2, task: { kind: "remove", id: "no-such-model" } });
  assert.match((await ended(2)).words, /Another change .* is running/);
  const { code, words, modelId } = await ended(1);
  assert.deepEqual([code, modelId], [1, null]);
  assert.match(words, /^m\.onnx cannot be used: it is no ONNX file/);
  runner.receive({ kind: "run", job: 3, task: { kind: "remove", id: "no-such-model" } });
  assert.deepEqual(await ended(3), {
    kind: "ended",
    job: 3,
    code: 1,
    modelId: null,
    words: "There is no model no-such-model.",
  });
});
