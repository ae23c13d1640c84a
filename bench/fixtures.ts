import list from "../models/pictures/pictures.json" with { type: "json" };
import { type ClipSpec, writeClip } from "./clip.ts";
import {
  type BoxXyxy,
  type ColourPicture,
  cropAndScale,
  cropAndScaleColour,
  type GreyPicture,
  readJpeg,
} from "./picture.ts";

/** The test assets' folder; tests that need it are left out when it is not given. */
export const ASSETS = Deno.env.get("PEERLENS_ASSETS");

/** Size and speed of all clips: the balanced profile's size, at a rate that two cores keep up with. */
const CLIP = { widthPx: 640, heightPx: 480, fps: 10, durationS: 8 } as const;

/**
 * One person, whom the embedded model finds in grey, too: in every frame of the clips below, IoU .9.
 * Left out is what the picture shows beside her.
 */
const PERSON = { file: "astronaut.jpg", crop: { xmin: 0, ymin: 0, xmax: 0.72, ymax: 1 } } as const;

/** Of the person in clips of {@linkcode CLIP}'s size. */
const PERSON_HEIGHT_PX = 340;

/** A picture of models/pictures, and what is in it. */
export interface FixturePicture {
  readonly picture: ColourPicture;
  /** Normalised to the picture. */
  readonly objects: readonly (BoxXyxy & { readonly label: string })[];
}

/** Reads a picture of models/pictures. @throws {TypeError} If there is none of that name. */
export async function fixturePicture(file: string): Promise<FixturePicture> {
  const entry = list.find((one) => one.file === file);
  if (entry === undefined) throw new TypeError(`Cannot find picture: ${file}`);
  const picture = await readJpeg(new URL(`../models/pictures/${file}`, import.meta.url));
  return { picture, objects: entry.objects };
}

/** A clip of a person who moves slowly to and fro over a plain background. */
export async function personClip(): Promise<ClipSpec> {
  // At most 40 px a second: on a machine so busy that boxes are half a second behind they are still
  // within a tenth of the person's width.
  const movement = { kind: "sway", xPx: 50, yPx: 12 } as const;
  return { ...CLIP, ...(await greyPerson())(PERSON_HEIGHT_PX), movement };
}

/**
 * A clip of the same person who goes to and fro across the whole frame at 300 px a second. A whole
 * number of frames makes one leg at each of 10, 20 and 30 fps.
 */
export async function shuttleClip(fps: number): Promise<ClipSpec> {
  const movement = { kind: "shuttle", travelPx: 390, rounds: 2 } as const;
  return { ...CLIP, ...(await greyPerson())(PERSON_HEIGHT_PX), fps, durationS: 5.2, movement };
}

/** The person in grey, in a height: the same picture each time. */
export type GreyPerson = (heightPx: number) => Required<Pick<ClipSpec, "picture" | "objectXyxy">>;

/** The person of all clips, in grey. */
export async function greyPerson(): Promise<GreyPerson> {
  const { picture, objects } = await fixturePicture(PERSON.file);
  const objectXyxy = insideCrop(objects[0]!);
  const made = new Map<number, GreyPicture>();
  return (heightPx) => {
    const scaled = made.get(heightPx) ?? cropAndScale(picture.luma, PERSON.crop, heightPx);
    made.set(heightPx, scaled);
    return { picture: scaled, objectXyxy };
  };
}

/** The person of all clips, of this height, and where in the picture she is. */
export async function personInColour(
  heightPx: number,
): Promise<{ picture: ColourPicture; objectXyxy: BoxXyxy }> {
  const { picture, objects } = await fixturePicture(PERSON.file);
  return {
    picture: cropAndScaleColour(picture, PERSON.crop, heightPx),
    objectXyxy: insideCrop(objects[0]!),
  };
}

function insideCrop({ xmin, ymin, xmax, ymax }: BoxXyxy): BoxXyxy {
  const { crop } = PERSON;
  const width = crop.xmax - crop.xmin;
  const height = crop.ymax - crop.ymin;
  return {
    xmin: (xmin - crop.xmin) / width,
    ymin: (ymin - crop.ymin) / height,
    xmax: (xmax - crop.xmin) / width,
    ymax: (ymax - crop.ymin) / height,
  };
}

/** A clip of nothing but its frame numbers. */
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
