// This module is browser compatible.
import * as v from "valibot";

/** Most classes of a model. */
export const MAX_CLASSES = 4096;

/** Longest name of a class, UTF-16 units. */
export const MAX_CLASS_NAME_CHARS = 64;
/** Most boxes that a head gives in one run. */
export const MAX_BOXES = 262_144;

/** Name for `--model` and in links. */
export const modelIdSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, "Not a model id"),
);
/** Name of a model's file: no folders. */
export const modelFileSchema = v.pipe(
  v.string(),
  v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,95}\.onnx$/, "Not an .onnx file name"),
);
/** Lower-case hex of a file's SHA-256. */
export const sha256Schema = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "Not a SHA-256"));
/** Size of a file. */
export const fileBytesSchema = v.pipe(v.number(), v.integer(), v.minValue(1));

const sidePx = v.pipe(v.number(), v.integer(), v.minValue(32), v.maxValue(2048));
/** `[widthPx, heightPx]`. */
const sizePx = v.tuple([sidePx, sidePx]);
const rgb = v.tuple([v.number(), v.number(), v.number()]);
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
/** Shown on pages and in terminals. */
const line = v.pipe(v.string(), v.regex(/^\P{Cc}+$/u, "Empty, or with control characters"));
const text = v.pipe(line, v.maxLength(500));

/** How a source frame becomes the model's input; the meaning of each field is `@/vision`'s. */
export const modelInputSchema = v.strictObject({
  /** Name of the ONNX input: float32, float16 or uint8. */
  name: v.string(),
  /** Order of its axes: `[1, 3, heightPx, widthPx]` or `[1, heightPx, widthPx, 3]`; without the 1, too. */
  layout: v.picklist(["nchw", "nhwc"]),
  /** Name of a second input, int64 `[1, 2]`, that is told width and height of the first. */
  sizeName: v.exactOptional(v.string()),
  widthPx: sidePx,
  heightPx: sidePx,
  placement: v.picklist(["center", "top-left", "stretch"]),
  /** Grey value of the padding, 0–255. */
  pad: v.pipe(v.number(), v.minValue(0), v.maxValue(255)),
  order: v.picklist(["rgb", "bgr"]),
  /** `value = (pixel − mean) / std` per channel in `order`; a uint8 input takes pixels as they are. */
  mean: rgb,
  std: rgb,
  /**
   * Where the file leaves height and width open: the sizes to choose from, the largest first, each for
   * pictures that are wider than high and for square ones; turned for pictures that are higher than
   * wide. The first `landscape` is `widthPx` × `heightPx`. See `model_size.ts`.
   */
  sizes: v.exactOptional(v.pipe(
    v.array(v.strictObject({ landscape: sizePx, square: sizePx })),
    v.minLength(1),
    v.maxLength(8),
  )),
});
/** See {@linkcode modelInputSchema}. */
export type ModelInput = v.InferOutput<typeof modelInputSchema>;

/** Heads of grids, whose cells follow from the input's size and the strides. */
const GRID_KINDS = ["yolox", "ltrb", "nanodet"] as const;

/** Ways to read boxes from a model's outputs; their meaning is `@/vision`'s. */
export const headKindSchema = v.picklist([
  ...GRID_KINDS,
  "yolov5",
  "yolov8",
  "yolo-nas",
  "detr",
  "end-to-end",
  "mmdeploy",
  "ssd",
  "torchvision",
]);

const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));

/** How the model's outputs become detections; the meaning of each field is `@/vision`'s. */
export const modelHeadSchema = v.pipe(
  v.strictObject({
    /** Names of the ONNX outputs that are read, in the order of the kind's. */
    outputs: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(4)),
    kind: headKindSchema,
    classes: count(MAX_CLASSES),
    strides: v.array(count(256)),
    /** Most boxes of a run; of all heads but those of grids. */
    boxes: v.exactOptional(count(MAX_BOXES)),
    // Where a file differs from its family.
    format: v.exactOptional(v.picklist(["cxcywh", "xyxy", "yxyx"])),
    unit: v.exactOptional(v.picklist(["px", "share"])),
    layout: v.exactOptional(v.picklist(["rows", "columns"])),
    numbering: v.exactOptional(v.picklist(["from-0", "from-1", "coco"])),
    activation: v.exactOptional(v.picklist(["none", "sigmoid", "softmax"])),
    columns: v.exactOptional(count(8192)),
    skipped: v.exactOptional(count(8192)),
    hasAngle: v.exactOptional(v.boolean()),
  }),
  v.check(
    ({ kind, boxes }) => GRID_KINDS.some((grid) => grid === kind) === (boxes === undefined),
    "boxes belongs to every head but those of grids",
  ),
);

/** What is known of a model whatever its file's bytes are. */
const described = {
  id: modelIdSchema,
  title: text,
  /** Looked for in `models/`, in each folder of `PEERLENS_MODELS`, and among those pulled and added. */
  file: modelFileSchema,
  /** SPDX identifier of the weights' licence, or `unknown`. */
  licence: text,
  /** Where the weights come from, in words. */
  source: text,
  input: modelInputSchema,
  head: modelHeadSchema,
  /** Defaults for the sliders. */
  scoreThreshold: share,
  iouThreshold: share,
  /** AP50-95 on COCO val2017 as its makers publish it, and where. */
  publishedAp: v.exactOptional(share),
  publishedApSource: v.exactOptional(text),
  /**
   * How long a run takes in Chromium at the largest size, as a multiple of YOLOX-nano's there; see
   * `wasm_share` in `bench/results/models.json`. Missing: not measured.
   */
  relativeTime: v.exactOptional(v.pipe(v.number(), v.minValue(0.01), v.maxValue(1000))),
};

const labelText = v.pipe(line, v.maxLength(MAX_CLASS_NAME_CHARS));
/** Class names in class order. */
export const labelsSchema = v.pipe(v.array(labelText), v.minLength(1), v.maxLength(MAX_CLASSES));

/** Only what nobody on the way can change: encrypted, or from this very computer. */
const sourceUrl = v.pipe(
  v.string(),
  v.url(),
  v.regex(/^https:\/\/|^http:\/\/(localhost|127\.0\.0\.1)[:/]/, "Not an https address"),
);

/** One model as `models/manifest.json` describes it. */
export const manifestEntrySchema = v.strictObject({
  ...described,
  /**
   * Of the file; both `null` where its bytes were never hashed by this project: such a file is pinned
   * on this computer when it is first used.
   */
  bytes: v.nullable(fileBytesSchema),
  sha256: v.nullable(sha256Schema),
  /** Where the file can be downloaded, the first that works; empty: nowhere, see `obtain`. */
  urls: v.pipe(v.array(sourceUrl), v.maxLength(8)),
  /** How to get a file that cannot be downloaded, as a sentence. */
  obtain: v.exactOptional(text),
  /** Which one is started with: the highest one present. See `models/README.md`. */
  rank: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(100)),
  /** Name of a file under `models/labels/`: a JSON array of class names in class order. */
  labels: v.pipe(v.string(), v.regex(/^[a-z0-9-]+\.json$/)),
});
/** See {@linkcode manifestEntrySchema}. */
export type ManifestEntry = v.InferOutput<typeof manifestEntrySchema>;

/** `models/manifest.json`. */
export const manifestSchema = v.strictObject({
  schema: v.literal(2),
  models: v.pipe(
    v.array(manifestEntrySchema),
    v.maxLength(64),
    v.checkItems(
      ({ id }, index, all) => all.findIndex((other) => other.id === id) === index,
      "An id is there twice",
    ),
    v.checkItems(
      ({ bytes, sha256 }) => (bytes === null) === (sha256 === null),
      "bytes and sha256 belong together",
    ),
    v.checkItems(
      ({ urls, obtain }) => urls.length > 0 || obtain !== undefined,
      "Without urls there must be a sentence in obtain",
    ),
    v.checkItems(
      ({ publishedAp, publishedApSource }) =>
        (publishedAp === undefined) === (publishedApSource === undefined),
      "publishedAp and publishedApSource belong together",
    ),
  ),
});
/** See {@linkcode manifestSchema}. */
export type Manifest = v.InferOutput<typeof manifestSchema>;

/** A model whose file is known, byte for byte. */
export const modelEntrySchema = v.strictObject({
  ...described,
  bytes: fileBytesSchema,
  sha256: sha256Schema,
});
/** See {@linkcode modelEntrySchema}. */
export type ModelEntry = v.InferOutput<typeof modelEntrySchema>;

/** A model that this server has and serves. */
export const servedModelSchema = v.object({
  ...modelEntrySchema.entries,
  labels: labelsSchema,
  /** Path on this server; names the content's hash, so it is cached for ever. */
  url: v.string(),
});
/** See {@linkcode servedModelSchema}. */
export type ServedModel = v.InferOutput<typeof servedModelSchema>;
