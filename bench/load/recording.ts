import { Buffer } from "node:buffer";
import sharp from "sharp";
import type { GeneratorConfig } from "./generator.ts";

/** Frames as files, and where they are from. */
export interface RecordingFiles {
  readonly recording: GeneratorConfig["recording"];
  readonly source: "pictures" | "generated";
  readonly meanJpegBytes: number;
}

/** Out of 100; the middle of what viewers send. */
const QUALITY = 70;

/** Of each picture: a pan, so that no two frames are the same. */
const FRAMES = 12;

/** How far the pan goes, as a share of the picture's shorter side. */
const PAN = 0.1;

const PICTURES = ["bus.jpg", "dog.jpg"];

/** Size of a frame. */
export interface FrameSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/**
 * Makes the frames of a load.
 * @param folder Where the files go.
 * @param assets Folder with `images/`; without it pictures are generated.
 */
export async function makeRecording(
  { widthPx, heightPx }: FrameSize,
  { folder, assets }: { folder: string; assets: string | undefined },
): Promise<RecordingFiles> {
  const sources = assets === undefined
    ? [generated(0), generated(1)]
    : await Promise.all(PICTURES.map((name) => Deno.readFile(`${assets}/images/${name}`)));
  const files: string[] = [];
  let bytes = 0;
  for (let at = 0; at < FRAMES; at++) {
    for (const [index, source] of sources.entries()) {
      const jpeg = await frameOf(source, at / FRAMES, { widthPx, heightPx });
      const file = `${folder}/${widthPx}x${heightPx}-${index}-${at}.jpg`;
      await Deno.writeFile(file, jpeg);
      files.push(file);
      bytes += jpeg.length;
    }
  }
  return {
    recording: { widthPx, heightPx, files },
    source: assets === undefined ? "generated" : "pictures",
    meanJpegBytes: Math.round(bytes / files.length),
  };
}

/** A part of a picture in the shape of the frame, moved along the picture's diagonal. */
async function frameOf(
  source: Uint8Array,
  phase: number,
  { widthPx, heightPx }: FrameSize,
): Promise<Uint8Array> {
  const { width = 0, height = 0 } = await sharp(source).metadata();
  const scale = Math.min(width / widthPx, height / heightPx) * (1 - PAN);
  const size = { width: Math.floor(widthPx * scale), height: Math.floor(heightPx * scale) };
  const extract = {
    left: Math.floor((width - size.width) * phase),
    top: Math.floor((height - size.height) * phase),
    ...size,
  };
  return await sharp(source).extract(extract).resize(widthPx, heightPx)
    .jpeg({ quality: QUALITY }).toBuffer();
}

/** A coloured pattern without noise: about as many bytes as a picture, and nothing to be found. */
function generated(index: number): Uint8Array {
  const side = 640;
  const stripe = (x: number, y: number) => (x >> 4) + (y >> 4) & 1 ? 190 : 60;
  const shapes = Array.from({ length: 40 }, (_, at) => {
    const [x, y] = [(at * 97 + index * 31) % side, (at * 61 + index * 17) % side];
    const colour = `rgb(${at * 37 % 255},${at * 83 % 255},${stripe(x, y)})`;
    return `<circle cx="${x}" cy="${y}" r="${20 + at}" fill="${colour}"/>` +
      `<text x="${y}" y="${x}" font-size="${14 + at}">Peerlens ${at}</text>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}">${
    shapes.join("")
  }</svg>`;
  return Buffer.from(svg);
}
