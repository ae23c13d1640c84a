// @all: needs assets
/**
 * Whole path on real pictures and models, against the detections of an independent implementation
 * (Python, OpenCV, onnxruntime): `$PEERLENS_ASSETS/golden`.
 *
 * Takes about 40 s.
 */
import assert from "node:assert/strict";
import jpeg from "jpeg-js";
import ort from "onnxruntime-node";
import { countCompared, differences, type Golden } from "../../bench/golden.ts";
import { type Detection, type FrameLayout, initVision, Vision, type VisionSpec } from "./mod.ts";

const assets = Deno.env.get("PEERLENS_ASSETS");

/**
 * Share of the boxes that may miss their partner, where a model needs it.
 *
 * jpeg-js differs from the reference's decoder by up to 3 steps of 255 a pixel. That is enough to
 * turn near ties between anchors round, and the int8 model's quantisation, chosen anew for each
 * picture, amplifies it: with the reference's pixels 1 of its 144 boxes is different, with these 11.
 * The reference also gives an anchor several labels, we the best: 1 box of each NanoDet model.
 */
const MAX_UNMATCHED: Record<string, number> = {
  "yolov5n-640": 0.01,
  "yolov8n-640-int8": 0.1,
  "nanodet-plus-m-416": 0.03,
  "nanodet-plus-m-1.5x-416": 0.02,
};

type Input = VisionSpec["input"];

const rgb01: Omit<Input, "widthPx" | "heightPx"> = {
  placement: "center",
  pad: 114,
  order: "rgb",
  mean: [0, 0, 0],
  std: [255, 255, 255],
};
const square = (sidePx: number) => ({ widthPx: sidePx, heightPx: sidePx });
const nanodet: VisionSpec = {
  input: {
    ...square(416),
    placement: "stretch",
    pad: 0,
    order: "bgr",
    mean: [103.53, 116.28, 123.675],
    std: [57.375, 57.12, 58.395],
  },
  head: { kind: "nanodet", classes: 80, strides: [8, 16, 32, 64] },
};

const MODELS: Record<string, VisionSpec> = {
  "yolox-nano-416": {
    input: {
      ...square(416),
      placement: "top-left",
      pad: 114,
      order: "bgr",
      mean: [0, 0, 0],
      std: [1, 1, 1],
    },
    head: { kind: "yolox", classes: 80, strides: [8, 16, 32] },
  },
  "yolov5n-640": {
    input: { ...square(640), ...rgb01 },
    head: { kind: "yolov5", classes: 80, strides: [], boxes: 25_200 },
  },
  "yolov8n-640-int8": {
    input: { ...square(640), ...rgb01 },
    head: { kind: "yolov8", classes: 80, strides: [], boxes: 8400 },
  },
  "yolo11n-320": {
    input: { ...square(320), ...rgb01 },
    head: { kind: "yolov8", classes: 80, strides: [], boxes: 2100 },
  },
  "nanodet-plus-m-416": nanodet,
  "nanodet-plus-m-1.5x-416": nanodet,
};

/** Runs one model on JPEG pictures, with SIMD and scalar code at once: they must agree. */
class Detector implements AsyncDisposable {
  readonly #session: ort.InferenceSession;
  readonly #spec: VisionSpec;
  readonly #simd: Vision;
  readonly #scalar: Vision;

  constructor(session: ort.InferenceSession, spec: VisionSpec) {
    this.#session = session;
    this.#spec = spec;
    this.#simd = new Vision(spec);
    this.#scalar = new Vision(spec, { simd: false });
  }

  static async create(path: string, spec: VisionSpec): Promise<Detector> {
    await initVision();
    const session = await ort.InferenceSession.create(path, { intraOpNumThreads: 1 });
    return new Detector(session, spec);
  }

  async detect(path: string, scoreThreshold: number, iouThreshold: number): Promise<Detection[]> {
    const { bytes, layout } = await readPicture(path);
    for (const vision of [this.#simd, this.#scalar]) vision.frameBuffer(bytes.length).set(bytes);
    const pixels = this.#simd.letterbox(layout);
    assert.deepEqual(pixels, this.#scalar.letterbox(layout), "the scalar tensor is another");
    const { widthPx, heightPx } = this.#spec.input;
    const tensor = new ort.Tensor("float32", pixels.slice(), [1, 3, heightPx, widthPx]);
    const outputs = await this.#session.run({ [this.#session.inputNames[0]!]: tensor });
    const output = outputs[this.#session.outputNames[0]!]!;
    const shape = this.#simd.headShapes[0]!
      .map((size) => typeof size === "number" ? size : size.most);
    assert.deepEqual(output.dims, shape);
    const [found, reference] = [this.#simd, this.#scalar].map((vision) => {
      vision.writeHead([output.data as Float32Array]);
      return vision.detect({ scoreThreshold, iouThreshold });
    });
    assert.deepEqual(found, reference, "the scalar decoder finds something else");
    return found!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#simd.free();
    this.#scalar.free();
    await this.#session.release();
  }
}

/** A decoded picture. */
interface Pixels {
  readonly bytes: Uint8Array;
  readonly layout: FrameLayout;
}

/** To decode one takes longer than to examine it, and every model sees all of them. */
const pictures = new Map<string, Pixels>();

async function readPicture(path: string): Promise<Pixels> {
  const known = pictures.get(path);
  if (known !== undefined) return known;
  const { data, width, height } = jpeg.decode(await Deno.readFile(path), { useTArray: true });
  const planes = [{ offset: 0, stride: width * 4 }];
  const layout = { format: "RGBA", planes, matrix: "bt601", range: "full" } as const;
  const read = { bytes: data, layout: { ...layout, widthPx: width, heightPx: height } };
  pictures.set(path, read);
  return read;
}

Deno.test({
  name: "every model finds what the independent implementation finds",
  ignore: !assets,
  async fn(t) {
    for (const [model, spec] of Object.entries(MODELS)) {
      await t.step(model, () => compare(model, spec));
    }
  },
});

async function compare(model: string, spec: VisionSpec): Promise<void> {
  const golden: Golden = JSON.parse(await Deno.readTextFile(`${assets}/golden/${model}.json`));
  const labels: string[] = JSON.parse(await Deno.readTextFile(`${assets}/golden/coco80.json`));
  await using detector = await Detector.create(`${assets}/models/${model}.onnx`, spec);
  const different: string[] = [];
  for (const [picture, { detections }] of Object.entries(golden.images)) {
    const found = (await detector.detect(
      `${assets}/${picture}`,
      golden.score_threshold,
      golden.iou_threshold,
    )).map(({ box, score, classId }) => ({ ...box, score, label: labels[classId]! }));
    different.push(...differences(found, detections).map((one) => `${one} in ${picture}`));
  }
  const compared = countCompared(golden);
  assert.ok(compared > 0, "the golden file has no box to compare");
  const limit = compared * (MAX_UNMATCHED[model] ?? 0);
  for (const side of ["missing", "surplus"]) {
    const some = different.filter((one) => one.startsWith(side));
    assert.ok(some.length <= limit, `${some.length} beside ${compared}:\n${some.join("\n")}`);
  }
}
