import assert from "node:assert/strict";
import type { ManifestEntry } from "@/protocol";
import { loadCatalog, localFolder } from "./catalog.ts";
import type { CheckFind } from "./model_check.ts";
import { checkModel } from "./check_process.ts";
import type { Cli, CommandEvent } from "./cli.ts";
import { factOf } from "./file_hash.ts";
import { readLocalState } from "./local_state.ts";
import { readManifest } from "./manifest.ts";
import { runModels } from "./models.ts";
import { serveFile } from "./testing/file_server.ts";
import { BOX, headFile, INPUT, NAMES, namesText, testHeads } from "./testing/heads.ts";
import { type TestHome, withHome } from "./testing/home.ts";
import type { OnnxSpec } from "./testing/onnx_builder.ts";

/** What a command answered. */
interface Told {
  readonly code: number;
  readonly said: string;
  readonly noted: string;
}

type Tell = (args: readonly string[], over?: Partial<Cli>) => Promise<Told>;

/** Runs commands in a home of their own, with nobody to ask. */
async function withModels(use: (home: TestHome, tell: Tell) => Promise<void>): Promise<void> {
  await withHome((home) =>
    use(home, async (args, over = {}) => {
      let [said, noted] = ["", ""];
      const code = await runModels(args, {
        home: home.url,
        searchPath: [],
        say: (text) => said += text,
        note: (text) => noted += text,
        isTerminal: false,
        ask: () => null,
        signal: new AbortController().signal,
        ...over,
      });
      return { code, said, noted };
    })
  );
}

const EXPORTED = { names: namesText(NAMES), imgsz: `[${INPUT.heightPx}, ${INPUT.widthPx}]` };

/** Whether a model that was added finds the one box that its file has. */
async function assertFinds(home: TestHome, id: string): Promise<void> {
  const { present } = await loadCatalog([], home.url);
  const { entry, path, labels } = present.find((model) => model.entry.id === id)!;
  assert.deepEqual(labels, NAMES);
  const { found } = await checkModel(entry, path);
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

for (const { name, kind, file } of testHeads()) {
  Deno.test(`add takes a model as ${name}, and knows it for what it is`, async () => {
    await withModels(async (home, tell) => {
      await home.write("Mine v1.onnx", headFile(name));
      const { code, said, noted } = await tell(["add", home.path("Mine v1.onnx")]);
      assert.equal(code, 0, noted);
      assert.match(
        said,
        new RegExp(`^mine-v1: .* with an? ${kind} head; 3 classes \\(cat, dog, owl\\)`),
      );
      await assertFinds(home, "mine-v1");
    });
  });

  if (file.others !== undefined || file.varies) continue;
  Deno.test(`add takes a model as ${name}, of half precision and sizes given by name`, async () => {
    await withModels(async (home, tell) => {
      const open = {
        precision: "float16",
        input: ["batch", 3, "height", "width"],
        declared: ["batch", "rows", "columns"],
      } as const;
      await home.write("m.onnx", headFile(name, open));
      const { code, noted } = await tell(["add", home.path("m.onnx"), "--name", "half"]);
      assert.equal(code, 0, noted);
      await assertFinds(home, "half");
    });
  });
}

/** A hundred rows, all alike. */
function endToEndOf(row: readonly number[]): Float32Array {
  return Float32Array.from({ length: 600 }, (_, at) => row[at % 6]!);
}

Deno.test("add names the tensor that does not fit, and leaves nothing behind", async () => {
  const wrong: [Partial<OnnxSpec> & { name?: string }, RegExp][] = [
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
    [
      { numbers: new Float32Array(7 * 126).fill(NaN) },
      /output "output" has 882 of 882 numbers that are not/,
    ],
    [
      { numbers: new Float32Array(7 * 126).fill(9) },
      /output "output" has scores from 9\.00 to 9\.00, expected 0 to 1/,
    ],
    // Logits of a picture in which there is nothing.
    [
      { numbers: new Float32Array(7 * 126).fill(-4, 4 * 126) },
      /has scores from -4\.00 to -4\.00, expected 0 to 1; if these are logits/,
    ],
    [
      { name: "yolov5", numbers: new Float32Array(378 * 8).fill(0.5) },
      /may be shares of the picture/,
    ],
    // Boxes and scores that are right, and classes that are none.
    [
      { name: "end-to-end", numbers: endToEndOf([40, 24, 56, 40, 0.9, 7]) },
      /has classes such as 7, expected whole numbers from 0 to 2/,
    ],
    [
      { name: "end-to-end", numbers: endToEndOf([400, 240, 560, 400, 0.9, 1]) },
      /boxes far outside of an input of 96x64/,
    ],
    [
      { name: "end-to-end", numbers: endToEndOf([56, 40, 40, 24, 0.9, 1]) },
      /boxes that end before they begin/,
    ],
  ];
  await withModels(async (home, tell) => {
    for (const [{ name = "yolov8", ...spec }, words] of wrong) {
      await home.write("m.onnx", headFile(name, spec));
      const { code, noted } = await tell(["add", home.path("m.onnx")]);
      assert.equal(code, 1, `${words}`);
      assert.match(noted, words);
      assert.match(noted, /^(m: trying .*\n)?\S*m\.onnx cannot be used: .*\.\n$/);
    }
    const left = Array.fromAsync(Deno.readDir(localFolder(home.url)), ({ name }) => name);
    assert.deepEqual(await left.catch(() => []), []);
    await home.write("m.onnx", "not a model");
    assert.match((await tell(["add", home.path("m.onnx")])).noted, /it is no ONNX file/);
    assert.match((await tell(["add", home.path("gone.onnx")])).noted, /There is no file/);
  });
});

Deno.test("add names the flag for what it cannot tell, or asks where there is somebody", async () => {
  await withModels(async (home, tell) => {
    await home.write("open.onnx", headFile("yolov8", { input: [1, 3, "h", "w"], metadata: {} }));
    const path = home.path("open.onnx");
    assert.match((await tell(["add", path])).noted, /say which one, for example --size 640/);
    const { noted } = await tell(["add", path, "--size", "96x64"]);
    assert.match(noted, /does not say how its 3 classes are called: .* --labels FILE/);
    await home.write("names.txt", "cat\ndog\nowl\n");
    const asked: string[] = [];
    const answers = ["96x64", home.path("names.txt")];
    const { code } = await tell(["add", path], {
      ask: (question) => {
        asked.push(question);
        return answers.shift() ?? null;
      },
    });
    assert.equal(code, 0);
    assert.equal(asked.length, 2);
    await assertFinds(home, "open");
    const again = await tell(["add", path, "--size=96x64", "--labels", home.path("names.txt")]);
    assert.equal(again.code, 0);
    const odd = { output: [1, 126, 40], numbers: new Float32Array(126 * 40), metadata: {} };
    await home.write("odd.onnx", headFile("yolov8", odd));
    assert.match((await tell(["add", home.path("odd.onnx")])).noted, /--head, .* --labels/);
  });
});

Deno.test("add takes the first of several outputs of one form, and the one that is named", async () => {
  await withModels(async (home, tell) => {
    const { file } = testHeads().find((head) => head.name === "yolov8")!;
    const other = { shape: file.output, numbers: file.numbers };
    const blank = {
      output: file.output,
      numbers: file.numbers.map((value) => Math.min(value, 99)),
    };
    await home.write("m.onnx", headFile("yolov8", { ...blank, others: { "1598": other } }));
    const headOf = async (...flags: string[]) => {
      const { code, said, noted } = await tell(["add", home.path("m.onnx"), ...flags]);
      assert.equal(code, 0, noted);
      const [model] = (await readLocalState(localFolder(home.url))).models;
      return { outputs: model!.head.outputs, said };
    };
    const first = await headOf();
    assert.deepEqual(first.outputs, ["output"]);
    assert.match(first.said, /^Output "1598" can be read as well: "output" is, unless --output/m);
    assert.deepEqual((await headOf("--output", "1598", "--replace")).outputs, ["1598"]);
    const { noted } = await tell(["add", home.path("m.onnx"), "--output", "gone", "--replace"]);
    assert.match(noted, /no output "gone" for --output: the file has "output", "1598"/);
  });
});

Deno.test("add uses the boxes of models for masks, poses and turned boxes, and says what is left out", async () => {
  await withModels(async (home, tell) => {
    const { file } = testHeads().find((head) => head.name === "yolov8")!;
    const [, values, boxes] = file.output as [number, number, number];
    const withValues = (count: number) => ({
      output: [1, values + count, boxes],
      numbers: Float32Array.of(...file.numbers, ...new Float32Array(count * boxes).fill(2)),
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
      const { code, said, noted } = await tell(["add", home.path("m.onnx")]);
      assert.equal(code, 0, noted);
      assert.match(said, words);
      if (task !== "obb") await assertFinds(home, "m");
    }
  });
});

Deno.test("add takes the owner's word for how the model is fed", async () => {
  await withModels(async (home, tell) => {
    await home.write("m.onnx", headFile("yolov8"));
    const flags = "--order bgr --scale 1,2,3/4,5,6 --placement stretch --pad 7 --licence MIT";
    await tell(["add", home.path("m.onnx"), "--title", "My owls", ...flags.split(" ")]);
    const [model] = (await readLocalState(localFolder(home.url))).models;
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
    for (
      const flag of [
        "--name=Ü",
        "--size=9",
        "--head=centernet",
        "--scale=x",
        "--scale=1,2/3,4",
        "--pad=256",
        "--order=gbr",
        "--nothing",
      ]
    ) {
      const { code, noted } = await tell(["add", "m.onnx", flag]);
      assert.equal(code, 2, noted);
      assert.ok(noted.includes(flag.split("=")[0]!), noted);
    }
    assert.match(
      (await tell(["add", home.path("m.onnx"), "--name", "yolox-nano"])).noted,
      /another name with/,
    );
  });
});

/** A manifest with one model, whose file is to be had at `urls`. */
async function offer(home: TestHome, over: Partial<ManifestEntry>): Promise<void> {
  const [first] = (await readManifest(home.url)).models;
  const { obtain: _obtain, ...entry } = first!;
  const head: ManifestEntry["head"] = {
    outputs: ["output"],
    kind: "yolox",
    classes: 80,
    strides: [8, 16, 32],
  };
  const input = { ...entry.input, ...INPUT };
  await home.setManifest([
    { ...entry, id: "m", file: "m.onnx", input, head, ...over },
  ]);
}

const COCO_HEAD = headFile("yolox", { output: [1, 126, 85], numbers: new Float32Array(126 * 85) });
const OTHER = headFile("yolox", {
  output: [1, 126, 85],
  numbers: new Float32Array(126 * 85).fill(1e-3),
});

Deno.test("pull downloads a model, checks it, and says what is started with then", async () => {
  await withModels(async (home, tell) => {
    await using server = serveFile(COCO_HEAD);
    await offer(home, { urls: [server.url], ...factOf(COCO_HEAD) });
    const events: CommandEvent[] = [];
    const report = (event: CommandEvent) => void events.push(event);
    const { code, said, noted } = await tell(["pull", "m"], { report });
    assert.equal(code, 0, noted);
    const { length: bytes } = COCO_HEAD;
    assert.deepEqual(events.slice(-2), [
      { kind: "progress", receivedBytes: bytes, totalBytes: bytes },
      { kind: "model", id: "m" },
    ]);
    assert.match(said, /^NanoDet-m: weights under Apache-2\.0, from/);
    assert.match(
      said,
      /m: \d+ bytes, SHA-256 [0-9a-f]{64}, as expected: .*local\/m\.onnx\nPeerlens starts with m/,
    );
    assert.match(noted, /m\.onnx {2}\[#+\] 100 %/);
    assert.match((await tell(["pull", "m"])).said, /m is here already/);
    assert.match((await tell(["list"])).said, /^m +default .*local\/m\.onnx$/m);
    assert.equal((await tell(["verify"])).code, 0);
    await home.write("local/m.onnx", COCO_HEAD.slice(1));
    const verified = await tell(["verify", "m"]);
    assert.equal(verified.code, 1);
    assert.match(verified.noted, /Damaged: .*truncated or another file/);
    assert.match((await tell(["remove", "m"])).said, /^m is removed: m\.onnx\.$/m);
    assert.match((await tell(["remove", "m"])).noted, /m is not here/);
  });
});

Deno.test("pull pins a file that the manifest has no checksum of, and refuses another one", async () => {
  await withModels(async (home, tell) => {
    await using server = serveFile(COCO_HEAD);
    await offer(home, { urls: [server.url], bytes: null, sha256: null });
    const { sha256 } = factOf(COCO_HEAD);
    const first = await tell(["pull", "m"]);
    assert.equal(first.code, 0, first.noted);
    assert.ok(first.said.includes(`${sha256}, pinned`), first.said);
    await Deno.remove(home.path("local/m.onnx"));
    server.content = OTHER.slice();
    const second = await tell(["pull", "m"]);
    assert.equal(second.code, 1);
    assert.ok(second.noted.includes(sha256) && second.noted.includes(factOf(OTHER).sha256));
    assert.match(second.noted, /deno task models remove m, then pull again/);
    await tell(["remove", "m"]);
    assert.equal((await tell(["pull", "m"])).code, 0);
    assert.equal(
      (await readLocalState(localFolder(home.url))).pins[0]!.sha256,
      factOf(OTHER).sha256,
    );
  });
});

Deno.test("pull takes names of tensors from the file, and refuses one that is another model", async () => {
  await withModels(async (home, tell) => {
    const spec = { output: [1, 126, 85], numbers: new Float32Array(126 * 85) };
    await using server = serveFile(
      headFile("yolox", { ...spec, inputName: "data", outputName: "boxes", metadata: {} }),
    );
    await offer(home, { urls: [server.url], bytes: null, sha256: null });
    assert.equal((await tell(["pull", "m"])).code, 0);
    const { entry } = (await loadCatalog([], home.url)).present[0]!;
    assert.deepEqual([entry.input.name, entry.head.outputs], ["data", ["boxes"]]);
    await tell(["remove", "m"]);
    server.content = headFile("yolov8");
    const { code, noted } = await tell(["pull", "m"]);
    assert.equal(code, 1);
    assert.match(
      noted,
      /m cannot be used, and was deleted: .*"output" is float32 \[1, 7, 126\], expected/,
    );
    assert.equal((await loadCatalog([], home.url)).missing.length, 1);
  });
});

Deno.test("pull asks for a yes to the AGPL, and says how to get what is not for download", async () => {
  await withModels(async (home, tell) => {
    await using server = serveFile(COCO_HEAD);
    await offer(home, { urls: [server.url], licence: "AGPL-3.0", ...factOf(COCO_HEAD) });
    const refused = await tell(["pull", "m"]);
    assert.deepEqual([refused.code, server.requests], [1, 0]);
    assert.match(refused.noted, /add --accept-licence/);
    assert.equal((await tell(["pull", "m", "--accept-licence"])).code, 0);
    await offer(home, { urls: [], obtain: "Export it yourself", bytes: null, sha256: null });
    await tell(["remove", "m"]);
    assert.match((await tell(["pull", "m"])).noted, /^Cannot pull m\. Export it yourself\.$/m);
    assert.match((await tell(["pull", "x"])).noted, /no model x/);
  });
});

Deno.test("pull that is stopped leaves nothing, and can be tried again", async () => {
  await withModels(async (home, tell) => {
    await using server = serveFile(COCO_HEAD);
    server.stallAfter = 20_000;
    await offer(home, { urls: [server.url], ...factOf(COCO_HEAD) });
    const stop = new AbortController();
    const { code, noted } = await tell(["pull", "m"], {
      signal: stop.signal,
      note: (text) => / [1-9]\d %/.test(text) && stop.abort(),
    });
    assert.deepEqual([code, noted], [130, ""]);
    await assert.rejects(Deno.stat(home.path("local/m.onnx.part")), Deno.errors.NotFound);
    server.stallAfter = null;
    assert.equal((await tell(["pull", "m"])).code, 0);
  });
});

Deno.test("verify pins a file that was put there by hand", async () => {
  await withModels(async (home, tell) => {
    await offer(home, { urls: [], obtain: "By hand", bytes: null, sha256: null });
    await home.write("local/m.onnx", COCO_HEAD);
    assert.match((await tell(["list"])).said, /^m +not checked/m);
    const { code, said, noted } = await tell(["verify"]);
    assert.equal(code, 0, noted);
    assert.ok(said.includes(`${factOf(COCO_HEAD).sha256}, pinned`));
    assert.match((await tell(["list"])).said, /^m +default/m);
    await home.write("local/m.onnx", headFile("yolov8"));
    await tell(["remove", "m"]);
    await home.write("local/m.onnx", headFile("yolov8"));
    const refused = await tell(["verify", "m"]);
    assert.equal(refused.code, 1);
    assert.match(refused.noted, /m cannot be used: .*expected/);
  });
});

Deno.test("remove leaves files alone that are not its own", async () => {
  await withModels(async (home, tell) => {
    await offer(home, { urls: [], obtain: "By hand", ...factOf(COCO_HEAD) });
    await home.write("elsewhere/m.onnx", COCO_HEAD);
    const { code, noted } = await tell(["remove", "m"], { searchPath: [home.path("elsewhere")] });
    assert.equal(code, 1);
    assert.match(noted, /elsewhere\/m\.onnx, outside of .*local\/, and stays/);
    assert.match((await tell(["remove", "x"])).noted, /There is no model x/);
  });
});

Deno.test("no command breaks on a list of this computer that is broken: each says what to do", async () => {
  await withModels(async (home, tell) => {
    await offer(home, { urls: [], obtain: "By hand", ...factOf(COCO_HEAD) });
    await home.write("own.onnx", headFile("yolov8"));
    await home.write("local/local.json", "{ broken");
    for (const args of [["remove", "m"], ["add", home.path("own.onnx")]]) {
      const { code, noted } = await tell(args);
      assert.equal(code, 1, noted);
      assert.match(noted, /local\.json: .*Repair it, or delete it/);
    }
  });
});

Deno.test("add does not take the place of another model's file", async () => {
  await withModels(async (home, tell) => {
    await offer(home, { file: "m-96.onnx", urls: [], obtain: "By hand", ...factOf(COCO_HEAD) });
    await home.write("local/m-96.onnx", COCO_HEAD);
    await home.write("m-96.onnx.mine", headFile("yolov8"));
    const { code, noted } = await tell(["add", home.path("m-96.onnx.mine"), "--name", "m-96"]);
    assert.equal(code, 1);
    assert.match(noted, /m-96\.onnx is the file of m: give yours another name with --name/);
    assert.match((await tell(["list"])).said, /^m +default/m);
  });
});

Deno.test("add gives a second best.onnx an id of its own, and replaces one only when told to", async () => {
  await withModels(async (home, tell) => {
    const second = headFile("yolov5");
    await home.write("1/best.onnx", headFile("yolov8"));
    await home.write("2/best.onnx", second);
    const [one, two] = [home.path("1/best.onnx"), home.path("2/best.onnx")];
    assert.match((await tell(["add", one])).said, /^best: /);
    assert.match((await tell(["add", two])).said, /^best-2: .* yolov5 head/);
    assert.match((await tell(["add", one])).said, /^The file is here already as best\./);
    await assertFinds(home, "best");
    await assertFinds(home, "best-2");
    const refused = await tell(["add", two, "--name", "best"]);
    assert.equal(refused.code, 1);
    assert.match(refused.noted, /best is here already and is another file: .*--replace/);
    assert.equal((await tell(["add", two, "--name", "best", "--replace"])).code, 0);
    const { present } = await loadCatalog([], home.url);
    const best = present.find(({ entry }) => entry.id === "best")!;
    assert.equal(best.entry.sha256, factOf(second).sha256);
    const anew = await tell(["add", one, "--replace", "--order", "bgr"]);
    assert.match(anew.said, /^best: .* bgr,/);
  });
});

Deno.test("add keeps the good class names beside a bad one, and says so once", async () => {
  await withModels(async (home, tell) => {
    const bad = `{0: 'cat', 1: '', 2: '${"o".repeat(65)}'}`;
    await home.write("m.onnx", headFile("yolov8", { metadata: { ...EXPORTED, names: bad } }));
    const { code, said } = await tell(["add", home.path("m.onnx")]);
    assert.equal(code, 0);
    assert.equal(said.match(/Class names that cannot be shown/g)?.length, 1);
    const [model] = (await readLocalState(localFolder(home.url))).models;
    assert.deepEqual(model!.labels, ["cat", "class 1", `${"o".repeat(63)}…`]);
    await home.write("names.txt", `cat\n\n${"o".repeat(65)}\n`);
    const named = ["--labels", home.path("names.txt"), "--replace"];
    assert.match((await tell(["add", home.path("m.onnx"), ...named])).said, /1 is shown as/);
    assert.deepEqual(
      (await readLocalState(localFolder(home.url))).models[0]!.labels,
      model!.labels,
    );
  });
});

Deno.test("add that is stopped while the model is tried adds nothing", async () => {
  await withModels(async (home, tell) => {
    await home.write("m.onnx", headFile("yolov8"));
    const stop = new AbortController();
    const { code, noted } = await tell(["add", home.path("m.onnx")], {
      signal: stop.signal,
      note: (text) => text.includes("trying it") && stop.abort(),
    });
    assert.deepEqual([code, noted], [130, ""]);
    const left = await Array.fromAsync(Deno.readDir(localFolder(home.url)), ({ name }) => name);
    assert.deepEqual(left, []);
  });
});

Deno.test("add says how a file that is newer than the runtime becomes one that it reads", async () => {
  await withModels(async (home, tell) => {
    await home.write("m.onnx", headFile("yolov8", { irVersion: 14 }));
    const { code, noted } = await tell(["add", home.path("m.onnx")]);
    assert.equal(code, 1);
    assert.match(
      noted,
      /m\.onnx cannot be used: it has IR version 14, .* reads up to 13; .*onnx\.save/,
    );
  });
});

Deno.test("every command explains itself, and what is mistyped", async () => {
  await withModels(async (_home, tell) => {
    for (const name of ["list", "pull", "verify", "add", "remove", "bench"]) {
      const { code, said } = await tell([name, "--help"]);
      assert.equal(code, 0);
      assert.match(said, new RegExp(`^Usage: deno task models ${name}`));
      assert.ok((await tell(["--help"])).said.includes(`  ${name} `));
    }
    for (const args of [["pul"], ["pull"], ["list", "x"], ["list", "--x"], ["list", "-x"]]) {
      const { code, noted } = await tell(args);
      assert.equal(code, 2, args.join(" "));
      assert.match(noted, /^(Unknown|Missing)/);
    }
  });
});
