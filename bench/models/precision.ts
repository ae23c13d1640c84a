import type { CatalogModel } from "../../models/catalog.ts";
import { averagePrecision } from "../accuracy/coco_map.ts";
import { LARGE_AREA_PX2, matchClasses, type ScoredBox } from "../accuracy/coco_match.ts";
import { type EvalPicture, type EvalSet, readPicture } from "../accuracy/coco_pictures.ts";
import { FramePath } from "../accuracy/frame_path.ts";
import type { Detection } from "../../crates/vision/mod.ts";

/** How good a model is, each 0–1; `null` where there is no object to be found. */
export interface Precision {
  readonly ap50to95: number | null;
  readonly ap50: number | null;
  /** AP50-95 of the class `person`. */
  readonly personAp50to95: number | null;
  /** AP50-95 of objects from 96×96 px on. */
  readonly largeAp50to95: number | null;
}

/** Shows all pictures to a model. @param onPicture Told how many it has seen. */
export async function measurePrecision(
  model: CatalogModel,
  set: EvalSet,
  onPicture: (count: number) => void,
): Promise<Precision> {
  await using path = await FramePath.open(model);
  const found: ScoredBox[] = [];
  for (const [at, picture] of set.pictures.entries()) {
    onPicture(at);
    const detections = await path.detect(await readPicture(picture));
    found.push(...detections.map((detection) => inPixels(detection, picture)));
  }
  const truths = set.truths(model.labels);
  const all = averagePrecision(matchClasses(truths, found));
  const large = averagePrecision(matchClasses(truths, found, { minAreaPx2: LARGE_AREA_PX2 }));
  return {
    ap50to95: all.ap50to95,
    ap50: all.ap50,
    personAp50to95: all.byClass.get(model.labels.indexOf("person")) ?? null,
    largeAp50to95: large.ap50to95,
  };
}

function inPixels({ box, score, classId }: Detection, picture: EvalPicture): ScoredBox {
  const { id: pictureId, widthPx, heightPx } = picture;
  const [x, y] = [box.xmin * widthPx, box.ymin * heightPx];
  const boxXywh = [x, y, box.xmax * widthPx - x, box.ymax * heightPx - y] as const;
  return { pictureId, classId, boxXywh, score };
}
