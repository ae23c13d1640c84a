import sharp from "sharp";
import type { GeneratorConfig } from "./generator.ts";

/** Frames as files. */
export interface RecordingFiles {
  readonly recording: GeneratorConfig["recording"];
  readonly meanJpegBytes: number;
}

/** Out of 100; the middle of what viewers send. */
const QUALITY = 70;

/** Of each picture: a pan, so that no two frames are the same. */
const FRAMES = 12;

/** How far the pan goes, as a share of the picture's shorter side. */
const PAN = 0.1;

const PICTURES = ["astronaut.jpg", "coffee.jpg"].map((name) =>
  new URL(`../../models/pictures/${name}`, import.meta.url)
);

/** Size of a frame. */
export interface FrameSize {
  readonly widthPx: number;
  readonly heightPx: number;
}

/** Makes the frames of a load. @param folder Where the files go. */
export async function makeRecording(
  { widthPx, heightPx }: FrameSize,
  folder: string,
): Promise<RecordingFiles> {
  const sources = await Promise.all(PICTURES.map((path) => Deno.readFile(path)));
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
