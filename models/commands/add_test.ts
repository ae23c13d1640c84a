import assert from "node:assert/strict";
import { loadCatalog, localFolder } from "../catalog.ts";
import { tryModel } from "../../server/inference/model_trial.ts";
import { checkModel, examineApart } from "../check_process.ts";
import { factOf } from "../file_hash.ts";
import type { CheckFind } from "../model_check.ts";
import { BOX, headFile, INPUT, NAMES, namesText, testHeads } from "../testing/heads.ts";
import { done, refused, type TestHome, withHome } from "../testing/home.ts";
import type { OnnxSpec } from "../testing/onnx_builder.ts";

const EXPORTED = { names: namesText(NAMES), imgsz: `[${INPUT.heightPx}, ${INPUT.widthPx}]` };

/** A home with `m.onnx`, whose head is the one of that name. */
const withFile = (
  [name, over]: readonly [string, Partial<OnnxSpec>?],
  use: (home: TestHome) => Promise<void>,
) =>
  withHome(async (home) => {
    await home.write("m.onnx", headFile(name, over));
    await use(home);
  });

/** Whether a model that was added finds the one box that its file has. */
async function assertFinds(home: TestHome, id: string): Promise<void> {
  const { present } = await loadCatalog([], home.url);
  const { entry, path, labels } = present.find((model) => model.entry.id === id)!;
  assert.deepEqual(labels, NAMES);
  const { found } = await checkModel(entry, path, { examine: tryModel });
  assert.equal(found.length, 1);
  const [{ classId, score, box }] = found as [CheckFind];
  assert.equal(classId, 2);
  assert.ok(Math.abs(score - BOX.score) < 2e-3, `${score}`);
  const { widthPx, heightPx } = INPUT;
  const sides = [box.xmin * widthPx, box.ymin * heightPx, box.xmax * widthPx, box.ymax * heightPx];
  for (const [at, px] of BOX.xyxy.entries()) {
    assert.ok(Math.abs(sides[at]! - px) < 0.1, `${sides}`);
  }
}

/** What is in the folder of added models. */
const leftIn = ({ url }: TestHome): Promise<string[]> =>
  Array.fromAsync(Deno.readDir(localFolder(url)), ({ name }) => name)
    // Its lock stays.
    .then((names) => names.filter((name) => name !== ".lock"), () => []);

for (const { name, kind, file } of testHeads()) {
  Deno.test(`add takes a model as ${name}, and knows it for what it is`, () =>
    withHome(async (home) => {
      await home.write("Mine v1.onnx", headFile(name));
      assert.match(
        done(await home.add("Mine v1.onnx")),
        new RegExp(`^mine-v1: .* with an? ${kind} head; 3 classes \\(cat, dog, owl\\)`),
      );
      await assertFinds(home, "mine-v1");
    }));

  if (file.others !== undefined || file.varies) continue;
  const open = {
    precision: "float16",
    input: ["batch", 3, "height", "width"],
    declared: ["batch", "rows", "columns"],
  } as const;
  Deno.test(`add takes a model as ${name}, of half precision and sizes given by name`, () =>
    withFile([name, open], async (home) => {
      done(await home.add("m.onnx", "--name", "half"));
      await assertFinds(home, "half");
    }));
}

/** Numbers of an output, all alike: of a yolov8, then of so many rows. */
const all = (value: number, from = 0) => new Float32Array(7 * 126).fill(value, from);
const rows = (...row: number[]) => Float32Array.from({ length: 600 }, (_, at) => row[at % 6]!);

const WRONG: readonly (readonly [Partial<OnnxSpec>, RegExp, name?: string])[] = [
  [
    { input: [1, 4, 64, 96] },
    /input "images" is float32 \[1, 4, 64, 96\], expected float32, float16/,
  ],
  [{ input: [4, 3, 64, 96] }, /input "images" is float32 \[4, 3, 64, 96\]/],
  [
    { output: [1, 30, 40, 2], numbers: new Float32Array(2400) },
    /output "output" is float32 \[1, 30, 40, 2\]; for an input of 96x64/,
  ],
  [{ metadata: { ...EXPORTED, task: "classify" } }, /a model to classify/],
  [{ metadata: { names: "['a']" } }, /3 classes as an? \S+ head, but there are 1 names/],
  [{ numbers: all(NaN) }, /output "output" has 882 of 882 numbers that are not/],
  [{ numbers: all(9) }, /output "output" has scores from 9\.00 to 9\.00, expected 0 to 1/],
  // Logits of a picture in which there is nothing.
  [
    { numbers: all(-4, 4 * 126) },
    /has scores from -4\.00 to -4\.00, expected 0 to 1; if these are logits/,
  ],
  [{ numbers: new Float32Array(378 * 8).fill(0.5) }, /may be shares of the picture/, "yolov5"],
  // Boxes and scores that are right, and classes that are none.
  [
    { numbers: rows(40, 24, 56, 40, 0.9, 7) },
    /has classes such as 7, expected whole numbers from 0 to 2/,
    "end-to-end",
  ],
  [
    { numbers: rows(400, 240, 560, 400, 0.9, 1) },
    /boxes far outside of an input of 96x64/,
    "end-to-end",
  ],
  [{ numbers: rows(56, 40, 40, 24, 0.9, 1) }, /boxes that end before they begin/, "end-to-end"],
  // Newer than the runtime: how it becomes one that this reads.
  [{ irVersion: 14 }, /it has IR version 14, .* reads up to 13; .*onnx\.save/],
];

Deno.test("add names the tensor that does not fit, and leaves nothing behind", () =>
  withHome(async (home) => {
    for (const [spec, words, name = "yolov8"] of WRONG) {
      await home.write("m.onnx", headFile(name, spec));
      const told = await home.add("m.onnx");
      refused(told, words);
      refused(told, /^(m: trying .*\n)?\S*m\.onnx cannot be used: .*\.\n$/);
    }
    assert.deepEqual(await leftIn(home), []);
    await home.write("m.onnx", "not a model");
    refused(await home.add("m.onnx"), /it is no ONNX file/);
    refused(await home.add("gone.onnx"), /There is no file/);
  }));

Deno.test("add names the flag for what it cannot tell, or asks where there is somebody", () =>
  withFile(["yolov8", { input: [1, 3, "h", "w"], metadata: {} }], async (home) => {
    const { add, path, write, tell } = home;
    refused(await add("m.onnx"), /say which one, for example --size 640/);
    refused(
      await add("m.onnx", "--size", "96x64"),
      /does not say how its 3 classes are called: .* --labels FILE/,
    );
    await write("names.txt", "cat\ndog\nowl\n");
    const asked: string[] = [];
    const answers = ["96x64", path("names.txt")];
    done(
      await tell(["add", path("m.onnx")], {
        ask: (question) => {
          asked.push(question);
          return answers.shift() ?? null;
        },
      }),
    );
    assert.equal(asked.length, 2);
    await assertFinds(home, "m");
    done(await add("m.onnx", "--size=96x64", "--labels", path("names.txt")));
    const odd = { output: [1, 126, 40], numbers: new Float32Array(126 * 40), metadata: {} };
    await write("odd.onnx", headFile("yolov8", odd));
    refused(await add("odd.onnx"), /--head, .* --labels/);
  }));

const { output: OUTPUT, numbers: NUMBERS } = testHeads().find(({ name }) => name === "yolov8")!
  .file as { output: [number, number, number]; numbers: Float32Array };

Deno.test("add takes the first of several outputs of one form, and the one that is named", () =>
  withFile(["yolov8", {
    output: OUTPUT,
    numbers: NUMBERS.map((value) => Math.min(value, 99)),
    others: { "1598": { shape: OUTPUT, numbers: NUMBERS } },
  }], async ({ add, local }) => {
    const outputs = async () => (await local()).models[0]!.head.outputs;
    const said = done(await add("m.onnx"));
    assert.deepEqual(await outputs(), ["output"]);
    assert.match(said, /^Output "1598" can be read as well: "output" is, unless --output/m);
    done(await add("m.onnx", "--output", "1598", "--replace"));
    assert.deepEqual(await outputs(), ["1598"]);
    refused(
      await add("m.onnx", "--output", "gone", "--replace"),
      /no output "gone" for --output: the file has "output", "1598"/,
    );
  }));

Deno.test("add uses the boxes of models for masks, poses and turned boxes, and says what is left out", () =>
  withHome(async (home) => {
    const [, values, boxes] = OUTPUT;
    const withValues = (count: number) => ({
      output: [1, values + count, boxes],
      numbers: Float32Array.of(...NUMBERS, ...new Float32Array(count * boxes).fill(2)),
    });
    const cases = [
      ["pose", withValues(51), /^It is a model to pose; boxes are used, and left out: 51 numbers/m],
      ["obb", withValues(1), /^It is a model to obb; .* the angles of boxes: upright ones/m],
      [
        "segment",
        { ...withValues(32), others: { protos: { shape: [1, 32, 16, 24] } } },
        /left out: 32 numbers of each box, output "protos" \[1, 32, 16, 24\]/,
      ],
    ] as const;
    for (const [task, over, words] of cases) {
      await home.write("m.onnx", headFile("yolov8", { ...over, metadata: { ...EXPORTED, task } }));
      assert.match(done(await home.add("m.onnx")), words);
      if (task !== "obb") await assertFinds(home, "m");
    }
  }));

Deno.test("add takes the owner's word for how the model is fed", () =>
  withFile(["yolov8"], async ({ add, tell, local }) => {
    const flags = "--order bgr --scale 1,2,3/4,5,6 --placement stretch --pad 7 --licence MIT";
    done(await add("m.onnx", "--title", "My owls", ...flags.split(" ")));
    const [model] = (await local()).models;
    assert.deepEqual([model!.title, model!.licence], ["My owls", "MIT"]);
    assert.deepEqual(model!.input, {
      name: "images",
      layout: "nchw",
      ...INPUT,
      placement: "stretch",
      pad: 7,
      order: "bgr",
      mean: [1, 2, 3],
      std: [4, 5, 6],
    });
    const bad = "--name=Ü --size=9 --head=centernet --scale=x --scale=1,2/3,4 --pad=256 " +
      "--order=gbr --nothing";
    for (const flag of bad.split(" ")) {
      const { code, noted } = await tell(["add", "m.onnx", flag]);
      assert.equal(code, 2, noted);
      assert.ok(noted.includes(flag.split("=")[0]!), noted);
    }
    refused(await add("m.onnx", "--name", "yolox-nano"), /another name with/);
  }));

Deno.test("add gives a second best.onnx an id of its own, and replaces one only when told to", () =>
  withHome(async (home) => {
    const second = headFile("yolov5");
    await home.write("1/best.onnx", headFile("yolov8"));
    await home.write("2/best.onnx", second);
    const add = (folder: number, ...flags: string[]) => home.add(`${folder}/best.onnx`, ...flags);
    assert.match(done(await add(1)), /^best: /);
    assert.match(done(await add(2)), /^best-2: .* yolov5 head/);
    assert.match(done(await add(1)), /^The file is here already as best\./);
    await assertFinds(home, "best");
    await assertFinds(home, "best-2");
    refused(
      await add(2, "--name", "best"),
      /best is here already and is another file: .*--replace/,
    );
    done(await add(2, "--name", "best", "--replace"));
    const { present } = await loadCatalog([], home.url);
    const best = present.find(({ entry }) => entry.id === "best")!;
    assert.equal(best.entry.sha256, factOf(second).sha256);
    assert.match(done(await add(1, "--replace", "--order", "bgr")), /^best: .* bgr,/);
  }));

Deno.test("add keeps the good class names beside a bad one, and says so once", () => {
  const bad = `{0: 'cat', 1: '', 2: '${"o".repeat(65)}'}`;
  return withFile(["yolov8", { metadata: { ...EXPORTED, names: bad } }], async (home) => {
    const labels = async () => (await home.local()).models[0]!.labels;
    const wanted = ["cat", "class 1", `${"o".repeat(63)}…`];
    const said = done(await home.add("m.onnx"));
    assert.equal(said.match(/Class names that cannot be shown/g)?.length, 1);
    assert.deepEqual(await labels(), wanted);
    await home.write("names.txt", `cat\n\n${"o".repeat(65)}\n`);
    const named = ["--labels", home.path("names.txt"), "--replace"];
    assert.match(done(await home.add("m.onnx", ...named)), /1 is shown as/);
    assert.deepEqual(await labels(), wanted);
  });
});

Deno.test("add takes a model that was tried in a process apart, as it is from a command line", () =>
  withFile(["yolov8"], async (home) => {
    done(await home.tell(["add", home.path("m.onnx")], { examine: examineApart }));
    await assertFinds(home, "m");
  }));

Deno.test("add that is stopped while the model is tried adds nothing", () =>
  withFile(["yolov8"], async (home) => {
    const stop = new AbortController();
    const { code, noted } = await home.tell(["add", home.path("m.onnx")], {
      examine: examineApart,
      signal: stop.signal,
      note: (text) => text.includes("trying it") && stop.abort(),
    });
    assert.deepEqual([code, noted], [130, ""]);
    assert.deepEqual(await leftIn(home), []);
  }));
