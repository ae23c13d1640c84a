import { drawFrameCode, frameCodePx } from "../server/protocol/frame_code.ts";
import { type BoxXyxy, type ColourPicture, type GreyPicture, sample } from "./picture.ts";

/** A clip for the fake camera: one picture moving over a plain grey background. */
export interface ClipSpec {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  readonly durationS: number;
  /** What moves; already of the size that it has in the clip. `undefined`: nothing does. */
  readonly picture?: GreyPicture;
  /**
   * The picture's colours, of its size. `undefined`: the clip is grey, so that whatever has colour on
   * a screen that shows it was drawn over it.
   */
  readonly chroma?: Pick<ColourPicture, "cb" | "cr">;
  /** Where in `picture` the object is, normalised. */
  readonly objectXyxy?: BoxXyxy;
  /** How the picture moves; `undefined`: it stays in the middle. */
  readonly movement?: Movement;
  /** Whether frames carry their numbers; what only people look at does without. @default {true} */
  readonly isNumbered?: boolean;
  /** Grey value of the background. 114 is also the usual letterbox padding. */
  readonly background?: number;
}

/**
 * Both are closed: the last frame is followed by the first, because the camera repeats the clip.
 * `sway`: one slow round a clip; `xPx`, `yPx` say how far the picture's centre goes from the
 * frame's centre to either side. `shuttle`: to and fro along a line of `travelPx` at one speed,
 * `rounds` times a clip.
 */
export type Movement =
  | { readonly kind: "sway"; readonly xPx: number; readonly yPx: number }
  | { readonly kind: "shuttle"; readonly travelPx: number; readonly rounds: number };

/** Where things are in one frame of a clip. */
export interface ClipFrame {
  /** The picture's top left corner. */
  readonly leftPx: number;
  readonly topPx: number;
  /** The object, normalised to the frame. */
  readonly objectXyxy: BoxXyxy;
}

const BACKGROUND = 114;

/** Of either chroma plane. */
const NO_CHROMA = 128;

/** How many frames a clip has. */
export function frameCount({ fps, durationS }: ClipSpec): number {
  return Math.round(fps * durationS);
}

/** Where the object is in a frame. */
export function clipFrame(spec: ClipSpec, index: number): ClipFrame {
  const { picture, widthPx, heightPx } = spec;
  if (!picture) throw new TypeError("Cannot place object: the clip has no picture");
  const offset = offsetPx(spec, index);
  const leftPx = (widthPx - picture.widthPx) / 2 + offset.x;
  const topPx = (heightPx - picture.heightPx) / 2 + offset.y;
  const inner = spec.objectXyxy ?? { xmin: 0, ymin: 0, xmax: 1, ymax: 1 };
  const objectXyxy = {
    xmin: (leftPx + inner.xmin * picture.widthPx) / widthPx,
    ymin: (topPx + inner.ymin * picture.heightPx) / heightPx,
    xmax: (leftPx + inner.xmax * picture.widthPx) / widthPx,
    ymax: (topPx + inner.ymax * picture.heightPx) / heightPx,
  };
  return { leftPx, topPx, objectXyxy };
}

/** Where a shuttle is on its way. */
export interface Leg {
  /** Rises by one at each turn; 0 at the beginning, and again when the clip is repeated. */
  readonly index: number;
  /** Since the last turn. */
  readonly sinceMs: number;
}

/** Which straight way a shuttle is on. @throws {TypeError} If the clip has another movement. */
export function legOf({ movement, durationS, fps }: ClipSpec, index: number): Leg {
  if (movement?.kind !== "shuttle") throw new TypeError("Cannot tell leg: the clip is no shuttle");
  const legs = 2 * movement.rounds;
  const legMs = durationS * 1000 / legs;
  // It begins in the middle of a leg.
  const timeMs = index * 1000 / fps + legMs / 2;
  return { index: Math.floor(timeMs / legMs) % legs, sinceMs: timeMs % legMs };
}

/** Where the picture's centre is, from the frame's. */
function offsetPx({ movement, ...spec }: ClipSpec, index: number): { x: number; y: number } {
  const round = index / frameCount(spec);
  switch (movement?.kind) {
    case undefined:
      return { x: 0, y: 0 };
    case "sway": {
      const angle = 2 * Math.PI * round;
      return { x: movement.xPx * Math.sin(angle), y: movement.yPx * Math.sin(2 * angle) };
    }
    case "shuttle": {
      const phase = (round * movement.rounds + 0.25) % 1;
      return { x: movement.travelPx * (0.5 - 2 * Math.abs(phase - 0.5)), y: 0 };
    }
  }
}

/** Draws one frame: background, picture, and the frame's number as a code at the top left, unless told. */
export function drawClipFrame(spec: ClipSpec, index: number): GreyPicture {
  const { widthPx, heightPx, picture, background = BACKGROUND } = spec;
  const frame = { widthPx, heightPx, pixels: new Uint8Array(widthPx * heightPx).fill(background) };
  if (picture) drawPicture(frame, picture, clipFrame(spec, index));
  if (spec.isNumbered ?? true) drawFrameCode(frame, index);
  return frame;
}

/** Both chroma planes of a frame, of half its width and height, rounded up. */
function drawChroma(spec: ClipSpec, index: number): [cb: Uint8Array, cr: Uint8Array] {
  const { chroma } = spec;
  const widthPx = Math.ceil(spec.widthPx / 2);
  const heightPx = Math.ceil(spec.heightPx / 2);
  const draw = (plane: GreyPicture | undefined): Uint8Array => {
    const frame = { widthPx, heightPx, pixels: new Uint8Array(widthPx * heightPx).fill(NO_CHROMA) };
    if (plane === undefined) return frame.pixels;
    drawPlane(frame, plane, { ...clipFrame(spec, index), stepPx: 2 });
    if (spec.isNumbered === false) return frame.pixels;
    const code = frameCodePx(spec.widthPx);
    for (let y = 0; y < code.heightPx / 2; y++) {
      frame.pixels.fill(NO_CHROMA, y * widthPx, y * widthPx + Math.ceil(code.widthPx / 2));
    }
    return frame.pixels;
  };
  return [draw(chroma?.cb), draw(chroma?.cr)];
}

/** Draws a picture into a frame, bilinear; what is outside is left out. */
export function drawPicture(
  frame: GreyPicture,
  picture: GreyPicture,
  { leftPx, topPx }: Pick<ClipFrame, "leftPx" | "topPx">,
): void {
  drawPlane(frame, picture, { leftPx, topPx, stepPx: 1 });
}

/** Draws a plane of the picture into one of the frame, whose pixels are `stepPx` of the frame apart. */
function drawPlane(
  { widthPx, heightPx, pixels }: GreyPicture,
  picture: GreyPicture,
  { leftPx, topPx, stepPx }: Pick<ClipFrame, "leftPx" | "topPx"> & { readonly stepPx: number },
): void {
  // Of a coarser plane's pixel, the middle.
  const offset = (stepPx - 1) / 2;
  const firstX = Math.max(0, Math.ceil((leftPx - offset) / stepPx));
  const firstY = Math.max(0, Math.ceil((topPx - offset) / stepPx));
  const endX = Math.min(widthPx, Math.floor((leftPx + picture.widthPx) / stepPx));
  const endY = Math.min(heightPx, Math.floor((topPx + picture.heightPx) / stepPx));
  for (let y = firstY; y < endY; y++) {
    for (let x = firstX; x < endX; x++) {
      const value = sample(picture, x * stepPx + offset - leftPx, y * stepPx + offset - topPx);
      pixels[y * widthPx + x] = Math.round(value);
    }
  }
}

/** A clip whose frames are made one by one. */
export interface DrawnClip {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  /** How many frames. */
  readonly count: number;
  draw(index: number): GreyPicture;
}

/**
 * Writes a clip as YUV4MPEG2 (4:2:0, limited range), which Chromium plays as a camera.
 * @throws {Deno.errors.PermissionDenied} If the path cannot be written.
 */
export function writeClip(path: string, spec: ClipSpec): Promise<void> {
  const { widthPx, heightPx, fps, chroma } = spec;
  const draw = (index: number) => drawClipFrame(spec, index);
  const clip = { widthPx, heightPx, fps, count: frameCount(spec), draw };
  if (chroma === undefined) return writeGreyClip(path, clip);
  return writeFrames(path, clip, (index) => drawChroma(spec, index));
}

/** As {@linkcode writeClip}, of frames without colour. */
export function writeGreyClip(path: string, clip: DrawnClip): Promise<void> {
  const pixels = Math.ceil(clip.widthPx / 2) * Math.ceil(clip.heightPx / 2);
  const plane = new Uint8Array(pixels).fill(NO_CHROMA);
  return writeFrames(path, clip, () => [plane, plane]);
}

async function writeFrames(
  path: string,
  { widthPx, heightPx, fps, count, draw }: DrawnClip,
  chromaOf: (index: number) => readonly Uint8Array[],
): Promise<void> {
  using file = await Deno.open(path, { write: true, create: true, truncate: true });
  const writer = file.writable.getWriter();
  const text = new TextEncoder();
  await writer.write(text.encode(`YUV4MPEG2 W${widthPx} H${heightPx} F${fps}:1 Ip A1:1 C420\n`));
  const frameMark = text.encode("FRAME\n");
  const luma = Uint8Array.from({ length: 256 }, (_, grey) => Math.round(16 + grey * 219 / 255));
  const chroma = Uint8Array.from(
    { length: 256 },
    (_, value) => Math.round(128 + (value - 128) * 224 / 255),
  );
  for (let index = 0; index < count; index++) {
    const { pixels } = draw(index);
    await writer.write(frameMark);
    await writer.write(limited(pixels, luma));
    for (const plane of chromaOf(index)) await writer.write(limited(plane, chroma));
  }
  await writer.close();
}

/** A plane in limited range. A loop, as `map()` takes three times as long, and clips are made by the hundred. */
function limited(plane: Uint8Array, range: Uint8Array): Uint8Array<ArrayBuffer> {
  const values = new Uint8Array(plane.length);
  for (let at = 0; at < plane.length; at++) values[at] = range[plane[at]!]!;
  return values;
}
