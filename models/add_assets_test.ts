// @all: needs assets
/**
 * Real models of every family, added as a person adds them, against the manifest and the golden files.
 *
 * Takes about 15 s.
 */
import assert from "node:assert/strict";
import jpeg from "jpeg-js";
import type { ModelEntry } from "@/protocol";
import { initVision, Vision } from "@/vision";
import { differences, type Golden } from "../bench/golden.ts";
import { createSession } from "../server/inference/session.ts";
import { loadCatalog } from "./catalog.ts";
import { readManifest } from "./manifest.ts";
import { done, withHome } from "./testing/home.ts";

const assets = Deno.env.get("PEERLENS_ASSETS");
/** The pictures that every detector's demo uses. */
const PICTURES = ["images/bus.jpg", "images/dog.jpg"];
/** Golden detections of the same weights, where the file has none of its own. */
const GOLDEN: Readonly<Record<string, string>> = { "yolov5n-640-fp16": "yolov5n-640" };
/** The one of which no other test sees all of the golden pictures. */
const THOROUGH = "yolov5n-640-fp16";

/**
 * Boxes that may differ: another JPEG decoder turns near ties round, most of all
 * in the model that is quantised anew for each picture.
 */
const MAX_DIFFERENT: Readonly<Record<string, number>> = { "yolov8n-640-int8": 2, [THOROUGH]: 3 };

const FILES = [
  "nanodet-plus-m-1.5x-320.onnx",
  "nanodet-plus-m-1.5x-416.onnx",
  "nanodet-plus-m-416.onnx",
  "yolo11n-320.onnx",
  "yolov5n-640-fp16.onnx",
  "yolov5n-640.onnx",
  "yolov8n-640-int8.onnx",
  "yolox-nano-416.onnx",
];

Deno.test("add finds out all about a real file", { ignore: assets === undefined }, async (t) => {
  for (const file of FILES) await t.step(file, () => addAndCompare(file));
});

async function addAndCompare(file: string): Promise<void> {
  await withHome(async (home) => {
    const { models } = await readManifest(home.url);
    const known = models.find((entry) => entry.file === file)!;
    const flags = ["--name", "mine", "--size", size(known)];
    done(await home.tell(["add", `${assets}/models/${file}`, ...flags]));
    const { present } = await loadCatalog([], home.url);
    const { entry, path, labels } = present[0]!;
    assert.equal(entry.sha256, known.sha256);
    assert.deepEqual(entry.input, known.input);
    // Strides that a head does not need are not named in the manifest.
    assert.deepEqual({ ...entry.head, strides: [] }, { ...known.head, strides: [] });
    if (known.head.strides.length > 0) assert.deepEqual(entry.head, known.head);
    const coco = JSON.parse(await Deno.readTextFile(home.path("labels/coco80.json")));
    assert.deepEqual(labels, coco);
    await compare({ entry, path, labels }, file.replace(/\.onnx$/, ""));
  });
}

function size({ input }: Pick<ModelEntry, "input">): string {
  return `${input.widthPx}x${input.heightPx}`;
}

async function compare(
  { entry, path, labels }: { entry: ModelEntry; path: string; labels: readonly string[] },
  name: string,
): Promise<void> {
  const goldenPath = `${assets}/golden/${GOLDEN[name] ?? name}.json`;
  const golden: Golden | null = await Deno.readTextFile(goldenPath).then(JSON.parse, () => null);
  // One conversion has no golden file; what it finds is compared by no test.
  if (golden === null) return assert.equal(name, "nanodet-plus-m-1.5x-320");
  await initVision();
  const vision = new Vision(entry);
  const headShapesOf = () => vision.headShapes;
  const session = await createSession({ entry, path, headShapesOf, provider: "cpu", threads: 1 });
  const different: string[] = [];
  const pictures = name === THOROUGH ? Object.keys(golden.images) : PICTURES;
  for (const picture of pictures) {
    const { data, width, height } = await readPicture(picture);
    vision.frameBuffer(data.length).set(data);
    const planes = [{ offset: 0, stride: width * 4 }];
    const output = await session.run(vision.letterbox({
      format: "RGBA",
      widthPx: width,
      heightPx: height,
      planes,
      matrix: "bt601",
      range: "full",
    }));
    vision.writeHead(output);
    const { score_threshold: scoreThreshold, iou_threshold: iouThreshold } = golden;
    const found = vision.detect({ scoreThreshold, iouThreshold })
      .map(({ box, score, classId }) => ({ ...box, score, label: labels[classId]! }));
    different.push(...differences(found, golden.images[picture]!.detections));
  }
  vision.free();
  await session.close();
  assert.ok(different.length <= (MAX_DIFFERENT[name] ?? 0), different.join("\n"));
}

const pictures = new Map<string, jpeg.UintArrRet>();

/** Decodes a picture once for all models. */
async function readPicture(name: string): Promise<jpeg.UintArrRet> {
  const read = pictures.get(name) ??
    jpeg.decode(await Deno.readFile(`${assets}/${name}`), { useTArray: true });
  pictures.set(name, read);
  return read;
}
