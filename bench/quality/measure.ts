import type { Detection } from "@/vision";
import type { CatalogModel } from "../../models/catalog.ts";
import { median } from "../load/stats.ts";
import { differenceIntervals, type Interval } from "./bootstrap.ts";
import { type AveragePrecision, averagePrecision } from "../accuracy/coco_map.ts";
import { matchClasses, type ScoredBox } from "../accuracy/coco_match.ts";
import { type EvalPicture, type EvalSet, readPicture } from "../accuracy/coco_pictures.ts";
import { QUALITIES } from "./config.ts";
import { encodeJpeg, FramePath } from "../accuracy/frame_path.ts";

/** What a model makes of all pictures, sent in one way. */
export interface WayResult {
  /** 0–1; `null`: without JPEG. */
  readonly quality: number | null;
  readonly precision: AveragePrecision;
  /** Of its AP50-95 less that without JPEG; `null` without JPEG. */
  readonly differenceInterval: Interval | null;
  /** Of one frame; `null` without JPEG. */
  readonly bytes: { readonly mean: number; readonly median: number } | null;
}

/** A model's results, without JPEG first. */
export interface ModelResult {
  readonly model: CatalogModel;
  readonly ways: readonly WayResult[];
}

/** What is collected of one way. */
interface Collected {
  readonly quality: number | null;
  readonly found: ScoredBox[];
  readonly bytes: number[];
}

/**
 * Shows every picture to every model in every way.
 * @param note Is told how far it is.
 */
export async function measureQualities(
  models: readonly CatalogModel[],
  set: EvalSet,
  note: (text: string) => void,
): Promise<ModelResult[]> {
  await using stack = new AsyncDisposableStack();
  const runs: { model: CatalogModel; path: FramePath; ways: Collected[] }[] = [];
  for (const model of models) {
    const ways = [null, ...QUALITIES].map((quality) => ({ quality, found: [], bytes: [] }));
    runs.push({ model, path: stack.use(await FramePath.open(model)), ways });
  }
  for (const [at, picture] of set.pictures.entries()) {
    if (at % 16 === 0) note(`picture ${at + 1} of ${set.pictures.length}`);
    const pixels = await readPicture(picture);
    for (const { path, ways } of runs) {
      const scaled = path.scale(pixels);
      for (const { quality, found, bytes } of ways) {
        const jpeg = quality === null ? null : await encodeJpeg(scaled, quality);
        if (jpeg !== null) bytes.push(jpeg.length);
        const detections =
          await (jpeg === null ? path.detect(scaled) : path.detectJpeg(jpeg, scaled));
        found.push(...detections.map((detection) => inPixels(detection, picture)));
      }
    }
  }
  return runs.map(({ model, ways }) => {
    note(`evaluating ${model.entry.id}`);
    return { model, ways: evaluate(model, ways, set) };
  });
}

function evaluate(model: CatalogModel, ways: readonly Collected[], set: EvalSet): WayResult[] {
  const truths = set.truths(model.labels);
  const matches = ways.map(({ found }) => matchClasses(truths, found));
  const ids = set.pictures.map(({ id }) => id);
  const intervals = [null, ...differenceIntervals(matches[0]!, matches.slice(1), ids)];
  return ways.map(({ quality, bytes }, at) => ({
    quality,
    precision: averagePrecision(matches[at]!),
    differenceInterval: intervals[at]!,
    bytes: bytes.length === 0 ? null : {
      mean: bytes.reduce((sum, value) => sum + value, 0) / bytes.length,
      median: median(bytes)!,
    },
  }));
}

function inPixels({ box, score, classId }: Detection, picture: EvalPicture): ScoredBox {
  const { id: pictureId, widthPx, heightPx } = picture;
  const { xmin, ymin, xmax, ymax } = box;
  const width = (xmax - xmin) * widthPx;
  const height = (ymax - ymin) * heightPx;
  const boxXywh = [xmin * widthPx, ymin * heightPx, width, height] as const;
  return { pictureId, classId, boxXywh, score };
}
