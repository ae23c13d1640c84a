import { type ClipSpec, writeClip } from "./clip.ts";
import { cropAndScale, parseYoloLabels, readGreyJpeg } from "./picture.ts";

/** The test assets' folder; tests that need it are left out when it is not given. */
export const ASSETS = Deno.env.get("PEERLENS_ASSETS");

/** Further models; see `PEERLENS_MODELS` in the server's help. */
export const MODELS = Deno.env.get("PEERLENS_MODELS");

/** Size and speed of all clips: the balanced profile's size, at a rate that two cores keep up with. */
const CLIP = { widthPx: 640, heightPx: 480, fps: 15, durationS: 8 } as const;

/** One person, whom small detectors still find when the picture is grey. */
const PERSON = { picture: "000000000436", heightPx: 340 } as const;

// Some surroundings help a detector; more of them would be other objects.
const MARGIN = 0.05;

/** A clip of a person who walks slowly to and fro over a plain background. */
export async function personClip(): Promise<ClipSpec> {
  // At most 40 px a second: on a machine so busy that boxes are half a second behind they are still
  // within a tenth of the person's width.
  return { ...CLIP, ...await person(), movement: { kind: "sway", xPx: 50, yPx: 12 } };
}

/**
 * A clip of the same person who goes to and fro across the whole frame at 300 px a second. A whole
 * number of frames makes one leg at each of 10, 20 and 30 fps.
 */
export async function shuttleClip(fps: number): Promise<ClipSpec> {
  const movement = { kind: "shuttle", travelPx: 390, rounds: 2 } as const;
  return { ...CLIP, ...await person(), fps, durationS: 5.2, movement };
}

async function person(): Promise<Required<Pick<ClipSpec, "picture" | "objectXyxy">>> {
  const folder = `${ASSETS}/eval/coco128`;
  const labels = await Deno.readTextFile(`${folder}/labels/${PERSON.picture}.txt`);
  const person = parseYoloLabels(labels).find(({ classId }) => classId === 0)?.boxXyxy;
  if (!person) throw new Error(`Cannot find a person in the labels of ${PERSON.picture}`);
  const marginX = MARGIN * (person.xmax - person.xmin);
  const marginY = MARGIN * (person.ymax - person.ymin);
  const crop = {
    xmin: Math.max(0, person.xmin - marginX),
    ymin: Math.max(0, person.ymin - marginY),
    xmax: Math.min(1, person.xmax + marginX),
    ymax: Math.min(1, person.ymax + marginY),
  };
  const width = crop.xmax - crop.xmin;
  const height = crop.ymax - crop.ymin;
  const source = await readGreyJpeg(`${folder}/images/${PERSON.picture}.jpg`);
  return {
    picture: cropAndScale(source, crop, PERSON.heightPx),
    objectXyxy: {
      xmin: (person.xmin - crop.xmin) / width,
      ymin: (person.ymin - crop.ymin) / height,
      xmax: (person.xmax - crop.xmin) / width,
      ymax: (person.ymax - crop.ymin) / height,
    },
  };
}

/** A clip of nothing but its frame numbers, which needs no assets. */
export function emptyClip(): ClipSpec {
  return CLIP;
}

/** A file with a clip, removed at the end. */
export interface ClipFile extends AsyncDisposable {
  readonly path: string;
}

/** Writes a clip into a temporary file. */
export async function clipFile(spec: ClipSpec): Promise<ClipFile> {
  const path = await Deno.makeTempFile({ prefix: "peerlens-clip-", suffix: ".y4m" });
  await writeClip(path, spec);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}
