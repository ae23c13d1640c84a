// This module is browser compatible.
import * as v from "valibot";

const id = v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, "Not a model id"));
const sidePx = v.pipe(v.number(), v.integer(), v.minValue(32), v.maxValue(2048));
const rgb = v.tuple([v.number(), v.number(), v.number()]);

/** How a source frame becomes the model's input; the meaning of each field is `@/vision`'s. */
export const modelInputSchema = v.strictObject({
  /** Name of the ONNX input: NCHW float32, shape `[1, 3, heightPx, widthPx]`. */
  name: v.string(),
  widthPx: sidePx,
  heightPx: sidePx,
  placement: v.picklist(["center", "top-left", "stretch"]),
  /** Grey value of the padding, 0–255. */
  pad: v.pipe(v.number(), v.minValue(0), v.maxValue(255)),
  order: v.picklist(["rgb", "bgr"]),
  /** `value = (pixel − mean) / std` per channel in `order`. */
  mean: rgb,
  std: rgb,
});

/** How the model's output becomes detections; the meaning of each field is `@/vision`'s. */
export const modelHeadSchema = v.strictObject({
  /** Name of the ONNX output. */
  name: v.string(),
  kind: v.picklist(["yolox", "yolov5", "yolov8", "ltrb", "nanodet"]),
  classes: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1000)),
  strides: v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(256))),
});

/** One model as `models/manifest.json` describes it. */
export const modelEntrySchema = v.strictObject({
  id,
  title: v.string(),
  /** File name, looked for in `models/` and in each folder of `PEERLENS_MODELS`. */
  file: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]*\.onnx$/, "Not an .onnx file name")),
  bytes: v.pipe(v.number(), v.integer(), v.minValue(1)),
  /** Lower-case hex of the file's SHA-256. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "Not a SHA-256")),
  /** SPDX identifier of the weights' licence. */
  licence: v.string(),
  /** Where the weights come from, in words or as a URL. */
  source: v.string(),
  input: modelInputSchema,
  head: modelHeadSchema,
  /** Name of a file under `models/labels/`: a JSON array of class names in class order. */
  labels: v.pipe(v.string(), v.regex(/^[a-z0-9-]+\.json$/)),
  /** Defaults for the sliders, 0–1. */
  scoreThreshold: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  iouThreshold: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});
/** See {@linkcode modelEntrySchema}. */
export type ModelEntry = v.InferOutput<typeof modelEntrySchema>;

/** `models/manifest.json`: in order of preference, the best first. */
export const manifestSchema = v.strictObject({
  schema: v.literal(1),
  models: v.pipe(v.array(modelEntrySchema), v.maxLength(64)),
});
/** See {@linkcode manifestSchema}. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** A model that this server has and serves. */
export const servedModelSchema = v.object({
  ...v.omit(modelEntrySchema, ["labels"]).entries,
  /** Class names in class order. */
  labels: v.array(v.string()),
  /** Path on this server; names the content's hash, so it is cached for ever. */
  url: v.string(),
});
/** See {@linkcode servedModelSchema}. */
export type ServedModel = v.InferOutput<typeof servedModelSchema>;
