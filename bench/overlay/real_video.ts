import { frameCodePx } from "../../server/protocol/frame_code.ts";
import { ASSETS } from "../fixtures.ts";
import { type VideoCamera, videoCamera } from "../video_camera.ts";
import { FILM_PX } from "./film.ts";
import type { FollowTruth } from "./follow_figures.ts";
import { type FoundFrame, trueTracks } from "./true_tracks.ts";

interface Video {
  readonly file: string;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  /** So that nothing passes under the number at the top left, which stands still and would hold its box back. */
  readonly isMirrored: boolean;
}

/** See {@linkcode VIDEOS}. */
export type VideoName = "bottles" | "people" | "traffic";

/** Videos of the test assets for which a strong model's boxes are there. */
export const VIDEOS: Readonly<Record<VideoName, Video>> = {
  bottles: {
    ...{ file: "bottle-detection.mp4", widthPx: 640, heightPx: 360, fps: 30 },
    isMirrored: true,
  },
  people: {
    ...{ file: "one-by-one-person-detection.mp4", widthPx: 768, heightPx: 432, fps: 10 },
    isMirrored: false,
  },
  traffic: {
    ...{ file: "mmdet_demo.mp4", widthPx: 1280, heightPx: 720, fps: 30 },
    isMirrored: false,
  },
};

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
  const asIs: FoundFrame[] = golden.frames;
  const found = video.isMirrored ? asIs.map(mirrored) : asIs;
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
    isMirrored: video.isMirrored,
  });
  const codePx = frameCodePx(widthPx);
  const [codeWidth, codeHeight] = [codePx.widthPx / widthPx, codePx.heightPx / heightPx];
  if (objects.flat().some(({ box }) => box.xmin < codeWidth && box.ymin < codeHeight)) {
    throw new Error(`Cannot use ${video.file}: something in it passes under the frames' number`);
  }
  const truth: FollowTruth = {
    ...{ widthPx, heightPx },
    count: camera.frames,
    fps: video.fps / step,
    isClosed: false,
    objects: (frame) => objects[frame * step]!,
  };
  return { ...camera, truth };
}

function mirrored({ frame, detections }: FoundFrame): FoundFrame {
  return {
    frame,
    detections: detections.map((one) => ({ ...one, xmin: 1 - one.xmax, xmax: 1 - one.xmin })),
  };
}
