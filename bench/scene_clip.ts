import type { ClipSpec } from "./clip.ts";
import { fixturePicture } from "./fixtures.ts";
import { type ColourPicture, cropAndScaleColour, type GreyPicture } from "./picture.ts";

/** What is beside each other, from the top. Of all orders tried, the one in which most is found. */
const ROWS = [["coffee.jpg", "hopper.jpg"], ["astronaut.jpg", "cat.jpg"]] as const;

/** Of the frame's height: a row's, what is between two pictures, and how far all of them move. */
const ROW_HEIGHT = 0.448;
const GAP = 1 / 12;
const SWAY = { x: 0.03, y: 0.006 } as const;

const BLACK = 0;
const NO_CHROMA = 128;

const WHOLE = { xmin: 0, ymin: 0, xmax: 1, ymax: 1 } as const;

/** Size, speed and length of a clip. */
export type ClipSize = Pick<ClipSpec, "widthPx" | "heightPx" | "fps" | "durationS">;

/**
 * A clip of all pictures of models/pictures, in colour, moving a little. The embedded model finds two
 * people, a tie, a cup on a table and a cat in it. It has no frame numbers.
 */
export async function sceneClip(size: ClipSize): Promise<ClipSpec> {
  const rowPx = Math.round(ROW_HEIGHT * size.heightPx);
  const gapPx = Math.round(GAP * size.heightPx);
  const rows = await Promise.all(ROWS.map((files) =>
    Promise.all(files.map(async (file) => {
      const { picture } = await fixturePicture(file);
      return cropAndScaleColour(picture, WHOLE, rowPx);
    }))
  ));
  const widthsPx = rows.map((row) => widthOf(row, gapPx));
  const widthPx = Math.max(...widthsPx);
  const heightPx = rows.length * (rowPx + gapPx) - gapPx;
  const plane = (fill: number): GreyPicture => ({
    widthPx,
    heightPx,
    pixels: new Uint8Array(widthPx * heightPx).fill(fill),
  });
  const all = { luma: plane(BLACK), cb: plane(NO_CHROMA), cr: plane(NO_CHROMA) };
  for (const [at, row] of rows.entries()) {
    let xPx = Math.round((widthPx - widthsPx[at]!) / 2);
    for (const picture of row) {
      for (const name of ["luma", "cb", "cr"] as const) {
        paste(picture[name], all[name], { xPx, yPx: at * (rowPx + gapPx) });
      }
      xPx += picture.luma.widthPx + gapPx;
    }
  }
  const { luma, ...chroma } = all;
  const [xPx, yPx] = [SWAY.x * size.heightPx, SWAY.y * size.heightPx];
  const movement = { kind: "sway", xPx, yPx } as const;
  return { ...size, picture: luma, chroma, movement, isNumbered: false, background: BLACK };
}

function widthOf(row: readonly ColourPicture[], gapPx: number): number {
  return row.reduce((sum, { luma }) => sum + luma.widthPx + gapPx, -gapPx);
}

function paste(
  { widthPx, heightPx, pixels }: GreyPicture,
  onto: GreyPicture,
  { xPx, yPx }: { readonly xPx: number; readonly yPx: number },
): void {
  for (let y = 0; y < heightPx; y++) {
    const row = pixels.subarray(y * widthPx, (y + 1) * widthPx);
    onto.pixels.set(row, (yPx + y) * onto.widthPx + xPx);
  }
}
