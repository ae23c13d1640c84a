import jpeg from "jpeg-js";
import * as v from "valibot";
import type { BoxXywh, TruthBox } from "./coco_match.ts";

/** A picture of an evaluation set. */
export interface EvalPicture {
  readonly id: number;
  readonly path: string;
  readonly widthPx: number;
  readonly heightPx: number;
}

/** An evaluation set: pictures, and what is in them. */
export interface EvalSet {
  readonly pictures: readonly EvalPicture[];
  /** What is in them, px; a class is its name's index in `labels`. @throws {Error} If one is not there. */
  truths(labels: readonly string[]): TruthBox[];
}

/** Pixels of a picture: RGBA8, row-major, without gaps. */
export interface RgbaPicture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly rgba: Uint8Array;
}

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const sidePx = v.pipe(count, v.minValue(1), v.maxValue(8192));
const instancesSchema = v.object({
  images: v.array(v.object({
    id: count,
    file_name: v.pipe(v.string(), v.regex(/^[\w.-]+\.jpg$/, "Not a .jpg file name")),
    width: sidePx,
    height: sidePx,
  })),
  annotations: v.array(v.object({
    image_id: count,
    category_id: count,
    bbox: v.tuple([v.number(), v.number(), v.number(), v.number()]),
    iscrowd: v.picklist([0, 1]),
  })),
  categories: v.array(v.object({ id: count, name: v.string() })),
});

/**
 * Reads a folder with `instances.json` (COCO) and `images/`.
 * @param limit Only so many pictures, by ascending id; `null`: all.
 * @throws {Error} If the file is not there, or not of that format.
 */
export async function readEvalSet(folder: string, limit: number | null): Promise<EvalSet> {
  const path = `${folder}/instances.json`;
  const result = v.safeParse(instancesSchema, JSON.parse(await Deno.readTextFile(path)));
  if (!result.success) {
    const [issue] = result.issues;
    throw new Error(`Cannot read ${path}: ${v.getDotPath(issue)}: ${issue.message}`);
  }
  const { images, annotations, categories } = result.output;
  const pictures = images.toSorted((a, b) => a.id - b.id).slice(0, limit ?? undefined)
    .map(({ id, file_name: name, width, height }) => {
      return { id, path: `${folder}/images/${name}`, widthPx: width, heightPx: height };
    });
  const used = new Set(pictures.map(({ id }) => id));
  const names = new Map(categories.map(({ id, name }) => [id, name]));
  const inUse = annotations.filter(({ image_id: id }) => used.has(id));
  return {
    pictures,
    truths: (labels) =>
      inUse.map(({ image_id: pictureId, category_id: categoryId, bbox, iscrowd }) => {
        const classId = labels.indexOf(names.get(categoryId) ?? "");
        if (classId < 0) {
          const name = names.get(categoryId) ?? categoryId;
          throw new Error(`Cannot find the category ${name} among the labels`);
        }
        const boxXywh: BoxXywh = bbox;
        return { pictureId, classId, boxXywh, isCrowd: iscrowd === 1 };
      }),
  };
}

/**
 * Decodes a picture.
 * @throws {Error} If it is not of the size that the set says, which its boxes are in.
 */
export async function readPicture({ path, widthPx, heightPx }: EvalPicture): Promise<RgbaPicture> {
  const { data, width, height } = jpeg.decode(await Deno.readFile(path), { useTArray: true });
  if (width === widthPx && height === heightPx) return { widthPx, heightPx, rgba: data };
  throw new Error(`Cannot use ${path}: ${width}x${height} instead of ${widthPx}x${heightPx}`);
}
