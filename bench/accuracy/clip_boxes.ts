import { loadCatalog } from "../../models/catalog.ts";
import { clipFrame, type ClipSpec, drawClipFrame, frameCount } from "../clip.ts";
import type { BoxXyxy, GreyPicture } from "../picture.ts";
import { FramePath } from "./frame_path.ts";
import type { RgbaPicture } from "./coco_pictures.ts";

/** Weaker ones are not drawn by the app either. */
const MIN_SCORE = 0.35;

/**
 * A model's own box of the object on each frame of a clip, before any camera or codec; `null` where
 * it finds none.
 * @throws {Error} If the model is not among those of this repository.
 */
export async function clipBoxes(
  spec: ClipSpec,
  { modelId, classId }: { readonly modelId: string; readonly classId: number },
): Promise<(BoxXyxy | null)[]> {
  const { present } = await loadCatalog([]);
  const model = present.find(({ entry }) => entry.id === modelId);
  if (!model) throw new Error(`Cannot find model ${modelId} in models`);
  await using path = await FramePath.open(model);
  // The object is in the same places several times a clip.
  const known = new Map<string, BoxXyxy | null>();
  const boxes: (BoxXyxy | null)[] = [];
  for (let index = 0; index < frameCount(spec); index++) {
    const { leftPx, topPx } = clipFrame(spec, index);
    const place = `${leftPx.toFixed(3)} ${topPx.toFixed(3)}`;
    if (!known.has(place)) {
      const found = await path.detect(inColour(drawClipFrame(spec, index)));
      const best = found.filter((one) => one.classId === classId && one.score >= MIN_SCORE)
        .toSorted((a, b) => b.score - a.score)[0];
      known.set(place, best?.box ?? null);
    }
    boxes.push(known.get(place)!);
  }
  return boxes;
}

/** A grey picture as models take it. */
export function inColour({ widthPx, heightPx, pixels }: GreyPicture): RgbaPicture {
  const rgba = new Uint8Array(pixels.length * 4);
  pixels.forEach((grey, at) => rgba.set([grey, grey, grey, 255], at * 4));
  return { widthPx, heightPx, rgba };
}
