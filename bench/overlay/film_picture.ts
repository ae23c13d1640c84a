import { seeded } from "../faults/fault_case.ts";
import { drawPicture, writeGreyClip } from "../clip.ts";
import { type ClipFile, type GreyPerson, greyPerson } from "../fixtures.ts";
import { drawFrameCode } from "../../server/protocol/frame_code.ts";
import { type BoxXyxy, type GreyPicture, sample } from "../picture.ts";
import { type Film, FILM_PX, type FilmFrame, type Place } from "./film.ts";

/** An object in one frame of a film or of a video. */
export interface TrueObject {
  /** The same in all frames. */
  readonly id: number;
  /** Normalised to the frame, whole even where a part is hidden. */
  readonly box: BoxXyxy;
  /** Of the box, 0–1. */
  readonly visible: number;
}

/** A film as it is seen, and what is known of it. */
export interface FilmPicture {
  readonly count: number;
  readonly fps: number;
  /** Where the objects are in a frame. */
  truth(index: number): readonly TrueObject[];
  draw(index: number): GreyPicture;
}

const { widthPx, heightPx } = FILM_PX;

/** The background is larger than the frame by this on all sides: the camera shakes. */
const MARGIN_PX = 16;

/** Grey values of background and bar, and what they are made of: spots of these sizes and strengths. */
const BACKGROUND = {
  grey: 112,
  spots: [{ px: 72, grey: 22 }, { px: 24, grey: 14 }, { px: 7, grey: 10 }],
} as const;
const BAR = { grey: 60, spots: [{ px: 30, grey: 10 }, { px: 6, grey: 8 }] } as const;

/**
 * Makes a film's pictures.
 * @param inner Where in the object's picture the object is; `undefined`: as people see it.
 */
export async function pictureOf(film: Film, inner?: BoxXyxy): Promise<FilmPicture> {
  const person = await greyPerson();
  const random = seeded(film.seed ^ 0x5eed);
  const scene = texture(random, BACKGROUND, {
    widthPx: widthPx + 2 * MARGIN_PX,
    heightPx: heightPx + 2 * MARGIN_PX,
  });
  const bar = film.bar && {
    leftPx: film.bar.leftPx,
    picture: texture(random, BAR, { widthPx: film.bar.widthPx, heightPx }),
  };
  return {
    count: film.frames.length,
    fps: film.fps,
    truth: (index) => truthOf(film, film.frames[index]!, { person, inner }),
    draw(index) {
      const { objects, shakePx } = film.frames[index]!;
      const frame = backgroundOf(scene, shakePx);
      for (const place of objects.toReversed()) {
        const { picture } = person(place.heightPx);
        drawPicture(frame, picture, cornerOf(place, picture));
      }
      if (bar) drawPicture(frame, bar.picture, { leftPx: bar.leftPx, topPx: 0 });
      drawFrameCode(frame, index);
      return frame;
    },
  };
}

/** Writes a film into a temporary file that a camera plays. */
export async function filmFile({ count, fps, draw }: FilmPicture): Promise<ClipFile> {
  const path = await Deno.makeTempFile({ prefix: "peerlens-film-", suffix: ".y4m" });
  await writeGreyClip(path, { ...FILM_PX, fps, count, draw });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

function truthOf(
  { bar }: Film,
  { objects }: FilmFrame,
  { person, inner }: { readonly person: GreyPerson; readonly inner: BoxXyxy | undefined },
): TrueObject[] {
  const inFront: BoxXyxy[] = bar
    ? [{ xmin: bar.leftPx / widthPx, xmax: (bar.leftPx + bar.widthPx) / widthPx, ymin: 0, ymax: 1 }]
    : [];
  return objects.map((place, id) => {
    const { picture, objectXyxy } = person(place.heightPx);
    const { leftPx, topPx } = cornerOf(place, picture);
    const { xmin, ymin, xmax, ymax } = inner ?? objectXyxy;
    const box = {
      xmin: (leftPx + xmin * picture.widthPx) / widthPx,
      ymin: (topPx + ymin * picture.heightPx) / heightPx,
      xmax: (leftPx + xmax * picture.widthPx) / widthPx,
      ymax: (topPx + ymax * picture.heightPx) / heightPx,
    };
    // Nothing is in front of it but one thing at a time.
    const visible = 1 - Math.max(0, ...inFront.map((other) => coveredShare(box, other)));
    inFront.push({
      xmin: leftPx / widthPx,
      ymin: topPx / heightPx,
      xmax: (leftPx + picture.widthPx) / widthPx,
      ymax: (topPx + picture.heightPx) / heightPx,
    });
    return { id, box, visible };
  });
}

function coveredShare(box: BoxXyxy, by: BoxXyxy): number {
  const width = Math.min(box.xmax, by.xmax) - Math.max(box.xmin, by.xmin);
  const height = Math.min(box.ymax, by.ymax) - Math.max(box.ymin, by.ymin);
  if (width <= 0 || height <= 0) return 0;
  return width * height / ((box.xmax - box.xmin) * (box.ymax - box.ymin));
}

function cornerOf({ xPx, yPx }: Place, picture: GreyPicture): { leftPx: number; topPx: number } {
  return { leftPx: xPx - picture.widthPx / 2, topPx: yPx - picture.heightPx / 2 };
}

function backgroundOf(scene: GreyPicture, shakePx: FilmFrame["shakePx"]): GreyPicture {
  const pixels = new Uint8Array(widthPx * heightPx);
  const left = MARGIN_PX - shakePx.xPx;
  const top = MARGIN_PX - shakePx.yPx;
  const isWhole = Number.isInteger(left) && Number.isInteger(top);
  for (let y = 0; y < heightPx; y++) {
    if (isWhole) {
      const from = (y + top) * scene.widthPx + left;
      pixels.set(scene.pixels.subarray(from, from + widthPx), y * widthPx);
      continue;
    }
    for (let x = 0; x < widthPx; x++) pixels[y * widthPx + x] = sample(scene, x + left, y + top);
  }
  return { widthPx, heightPx, pixels };
}

interface Grain {
  readonly grey: number;
  readonly spots: readonly { readonly px: number; readonly grey: number }[];
}

/** Something to hold on to for whoever looks at pixels: smooth noise of some sizes. */
function texture(
  random: () => number,
  { grey, spots }: Grain,
  size: { readonly widthPx: number; readonly heightPx: number },
): GreyPicture {
  const layers = spots.map((spot) => {
    const widthPx = Math.ceil(size.widthPx / spot.px) + 2;
    const heightPx = Math.ceil(size.heightPx / spot.px) + 2;
    const pixels = Uint8Array.from({ length: widthPx * heightPx }, () => random() * 256);
    return { ...spot, grid: { widthPx, heightPx, pixels } };
  });
  const pixels = new Uint8Array(size.widthPx * size.heightPx);
  for (let y = 0; y < size.heightPx; y++) {
    for (let x = 0; x < size.widthPx; x++) {
      const value = layers.reduce(
        (sum, { px, grey, grid }) => sum + (sample(grid, x / px, y / px) / 127.5 - 1) * grey,
        grey,
      );
      pixels[y * size.widthPx + x] = Math.round(value);
    }
  }
  return { ...size, pixels };
}
