// @all: needs assets
/**
 * Files as exporters write them, each with one or two boxes that are known: `$PEERLENS_ASSETS/../inputs`.
 *
 * Takes about 10 s.
 */
import assert from "node:assert/strict";
import type { ModelEntry } from "@/protocol";
import { loadCatalog } from "./catalog.ts";
import { tryModel } from "../server/inference/model_trial.ts";
import type { Examine } from "./check_process.ts";
import type { CheckResult } from "./model_check.ts";
import { done, refused as assertRefused, withHome } from "./testing/home.ts";

const assets = Deno.env.get("PEERLENS_ASSETS");
const FOLDER = `${assets}/../inputs`;

/** Where the two things are, as shares of the picture. */
const PLACES = {
  px: [[0.344, 0.1875, 0.656, 0.8125], [0.688, 0.703, 0.875, 0.859]],
  shares: [[0.35, 0.2, 0.65, 0.8], [0.7, 0.725, 0.9, 0.875]],
} as const;

/** What should come of a file. */
interface Case {
  readonly file: string;
  readonly flags?: readonly string[];
  /** Of what is found in it, the best first; or the sentence that it is refused with. */
  readonly labels?: readonly string[];
  readonly refused?: RegExp;
  readonly unit?: keyof typeof PLACES;
  readonly kind?: string;
  readonly said?: RegExp;
}

const COCO = ["--labels", "coco"];
const FIVE = ["--labels", `${FOLDER}/five.txt`];
const BOTH = ["person", "dog"];

const CASES: readonly Case[] = [
  { file: "yolov8n-p6.onnx", kind: "yolov8", labels: BOTH },
  { file: "yolov8n-p2.onnx", kind: "yolov8", labels: BOTH },
  { file: "yolov5n6-p6.onnx", kind: "yolov5", labels: BOTH },
  { file: "rtdetr-2class.onnx", kind: "detr", labels: ["helmet", "vest"], unit: "shares" },
  { file: "rtdetr-80.onnx", kind: "detr", labels: ["person"], unit: "shares" },
  { file: "rfdetr-5class.onnx", flags: FIVE, kind: "detr", labels: ["a"], unit: "shares" },
  { file: "rfdetr-5class-sigmoid.onnx", flags: FIVE, kind: "detr", labels: ["a"], unit: "shares" },
  { file: "detr-resnet50-hf.onnx", flags: ["--size", "640"], kind: "detr", labels: [] },
  { file: "rtmdet-mmdeploy.onnx", flags: COCO, kind: "mmdeploy", labels: [] },
  { file: "rtmdet-mmdeploy.onnx", refused: /--labels FILE \(one a line\), or --labels coco/ },
  { file: "yolov6n.onnx", kind: "yolov5", labels: ["person"] },
  { file: "yolox-s-decoded.onnx", kind: "yolov5", labels: ["person"], said: /bgr, top-left/ },
  { file: "yolov9-dual.onnx", kind: "yolov8", labels: BOTH, said: /Output "1598" can be read/ },
  {
    file: "yolov9-dual.onnx",
    flags: ["--output", "1598"],
    kind: "yolov8",
    labels: BOTH,
    said: /output "1598" with/,
  },
  { file: "e2e-dyn-n.onnx", kind: "end-to-end", labels: BOTH },
  { file: "yolonas-raw.onnx", kind: "yolo-nas", labels: [] },
  { file: "v8-pose-nometa.onnx", refused: /model for poses \(1 class: person\)\. Say which/ },
  {
    file: "v8-pose-nometa.onnx",
    flags: ["--labels", `${FOLDER}/person.txt`],
    kind: "yolov8",
    labels: ["person"],
    said: /left out: 51 numbers of each box/,
  },
  { file: "ssd-mobilenet-tf.onnx", flags: ["--size", "320", ...COCO], kind: "ssd", labels: [] },
  { file: "v8-ir14.onnx", refused: /IR/ },
];

Deno.test("add does what is right with a file as exporters write it", {
  ignore: assets === undefined,
}, async (t) => {
  for (const one of CASES) {
    const name = [one.file, ...(one.flags ?? []).map(base)].join(" ");
    await t.step(name, () => addAndCheck(one));
  }
});

async function addAndCheck(
  { file, flags = [], labels, refused, unit = "px", kind, said: words }: Case,
): Promise<void> {
  await withHome(async (home) => {
    await home.write("person.txt", "person\n");
    const own = flags.map((flag) => base(flag) === "person.txt" ? home.path("person.txt") : flag);
    const tried: { entry: ModelEntry; result: CheckResult }[] = [];
    const examine: Examine = async (request) => {
      const answer = await tryModel(request);
      if (request.kind === "check" && answer.kind === "checked") {
        tried.push({ entry: request.entry, result: answer.result });
      }
      return answer;
    };
    const args = ["add", `${FOLDER}/${file}`, "--name", "mine", ...own];
    const told = await home.tell(args, { examine });
    if (refused !== undefined) return assertRefused(told, refused);
    const said = done(told);
    if (words !== undefined) assert.match(said, words);
    const { present } = await loadCatalog([], home.url);
    const model = present.find(({ entry }) => entry.id === "mine")!;
    assert.equal(model.entry.head.kind, kind);
    const [{ entry, result: { found } }] = tried as [typeof tried[0]];
    assert.deepEqual(model.entry, entry, "what is kept is not what was tried");
    assert.deepEqual(found.map(({ classId }) => model.labels[classId]), labels);
    for (const [index, { score, box }] of found.entries()) {
      assert.ok(score > 0.75 && score < 0.95, `${score}`);
      for (const [side, at] of Object.values(box).entries()) {
        assert.ok(Math.abs(at - PLACES[unit][index]![side]!) < 1e-3, `${Object.values(box)}`);
      }
    }
  });
}

function base(path: string): string {
  return path.split("/").at(-1)!;
}
