import { loadCatalog } from "../../models/catalog.ts";
import { median } from "../../client/base/quantiles.ts";
import { inColour } from "./clip_boxes.ts";
import { FramePath } from "./frame_path.ts";
import { type BoxXyxy, type GreyPicture, iou } from "../picture.ts";

/** Pictures of one object or several alike, and where it is in each: normalised boxes. */
export interface ObjectPictures {
  readonly count: number;
  truth(index: number): readonly { readonly box: BoxXyxy; readonly visible: number }[];
  draw(index: number): GreyPicture;
}

/** Of what is in all films. */
const LABEL = "person";

/** Frames that are looked at: one in so many. */
const STEP = 7;

/** Weaker ones are not drawn by the app either. */
const MIN_SCORE = 0.35;
const SAME_IOU = 0.4;

/**
 * Where in the object's picture the model sees the object, normalised: medians over all. People and
 * models disagree by some pixels about where an object ends, and that is no error of who follows it.
 * @param pictures Whose objects are their pictures as a whole.
 * @throws {Error} If the model is not there, or finds nothing.
 */
export async function ownBox(
  { count, truth, draw }: ObjectPictures,
  { id, folders }: { readonly id: string; readonly folders: string },
): Promise<BoxXyxy> {
  const { present } = await loadCatalog(folders === "" ? [] : folders.split(":"));
  const model = present.find(({ entry }) => entry.id === id);
  if (!model) throw new Error(`Cannot find model ${id}`);
  const classId = model.labels.indexOf(LABEL);
  await using path = await FramePath.open(model);
  const inside: BoxXyxy[] = [];
  for (let index = 0; index < count; index += STEP) {
    const found = (await path.detect(inColour(draw(index))))
      .filter((one) => one.classId === classId && one.score >= MIN_SCORE);
    for (const { box, visible } of truth(index)) {
      const own = found.map((one) => one.box).toSorted((a, b) => iou(b, box) - iou(a, box))[0];
      if (visible < 1 || own === undefined || iou(own, box) < SAME_IOU) continue;
      const width = box.xmax - box.xmin;
      const height = box.ymax - box.ymin;
      inside.push({
        xmin: (own.xmin - box.xmin) / width,
        ymin: (own.ymin - box.ymin) / height,
        xmax: (own.xmax - box.xmin) / width,
        ymax: (own.ymax - box.ymin) / height,
      });
    }
  }
  if (inside.length === 0) throw new Error(`Cannot place object: ${id} finds none`);
  const middle = (side: keyof BoxXyxy) => median(inside.map((box) => box[side]))!;
  return {
    xmin: middle("xmin"),
    ymin: middle("ymin"),
    xmax: middle("xmax"),
    ymax: middle("ymax"),
  };
}
