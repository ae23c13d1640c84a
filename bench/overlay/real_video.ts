import { ASSETS } from "../fixtures.ts";
import { type VideoCamera, videoCamera } from "../video_camera.ts";
import { FILM_PX } from "./film.ts";
import type { FollowTruth } from "./follow_figures.ts";
import { type FoundFrame, trueTracks } from "./true_tracks.ts";

/** Videos of the test assets for which a strong model's boxes are there. */
export const VIDEOS = {
  bottles: { file: "bottle-detection.mp4", widthPx: 640, heightPx: 360, fps: 30 },
  people: { file: "one-by-one-person-detection.mp4", widthPx: 768, heightPx: 432, fps: 10 },
  traffic: { file: "mmdet_demo.mp4", widthPx: 1280, heightPx: 720, fps: 30 },
} as const;
/** See {@linkcode VIDEOS}. */
export type VideoName = keyof typeof VIDEOS;

/** A video as a camera plays it, with where things are in it. */
export interface RealVideo extends VideoCamera {
  readonly truth: FollowTruth;
}

/** Of the video, from its beginning: what the strong model has looked at, and not too large a file. */
const MAX_FRAMES = 400;

/**
 * Makes a camera of a video, in grey, so that boxes are what has colour on the screen. It is played at
 * its own speed, with every frame or fewer.
 * @throws {Error} Without test assets or ffmpeg.
 */
export async function realVideo(name: VideoName, fps: number): Promise<RealVideo> {
  if (!ASSETS) throw new Error("Cannot find videos: PEERLENS_ASSETS does not name the test assets");
  const video = VIDEOS[name];
  const step = Math.max(1, Math.round(video.fps / fps));
  const golden = JSON.parse(await Deno.readTextFile(`${ASSETS}/golden/${video.file}.json`));
  const found: FoundFrame[] = golden.frames;
  const last = Math.min(MAX_FRAMES - 1, found.at(-1)!.frame);
  const objects = trueTracks(found, last + 1);
  const { widthPx } = FILM_PX;
  // Of the video's own shape: with bars, what comes in at the picture's end would seem to grow in its midst.
  const heightPx = Math.round(widthPx * video.heightPx / video.widthPx);
  const camera = await videoCamera(`${ASSETS}/videos/${video.file}`, {
    ...{ widthPx, heightPx, step },
    frames: last + 1,
    fps: video.fps / step,
    isGrey: true,
  });
  const truth: FollowTruth = {
    ...{ widthPx, heightPx },
    count: camera.frames,
    fps: video.fps / step,
    isClosed: false,
    objects: (frame) => objects[frame * step]!,
  };
  return { ...camera, truth };
}
