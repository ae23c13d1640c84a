import { CAMERA_PROFILES } from "@/protocol";
import type { ClipSpec } from "../clip.ts";
import { clipFile, personInColour } from "../fixtures.ts";
import type { MetricsConfig } from "./config.ts";

/** What phones have for a camera. */
export interface BenchCamera extends AsyncDisposable {
  readonly path: string;
  /** Of the document: where the picture is from. */
  readonly source: "person" | "file";
  /** `null`: as the file has it. */
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly fps: number | null;
  /** After so many seconds it begins again at the latest; `null`: at the end of the file. */
  readonly lengthS: number | null;
}

/** Size of a frame. */
type Size = NonNullable<MetricsConfig["size"]>;

/** Long enough for the movement to look like one, short enough for a disk. */
const CLIP_S = 5;

/** Of a file that has to be converted to frames without compression. */
const MAX_VIDEO_BYTES = 1e9;

/** Joining and warming up show the camera, too. */
const BEFORE_S = 10;

/** Taken for a file of which it is not known. */
const USUAL_FPS = 30;

/** How much of the frame's height the object has, and how far it goes, as a share of its width. */
const OBJECT_HEIGHT = 0.7;
const SWAY = 0.1;

/**
 * Makes the camera's file; what had to be made is removed at the end.
 * @throws {Error} If there is no such video, or it cannot be converted here.
 */
export async function makeCamera(
  { video, profile, size, fps, durationS }: Pick<
    MetricsConfig,
    "video" | "profile" | "size" | "fps" | "durationS"
  >,
): Promise<BenchCamera> {
  const wanted = CAMERA_PROFILES[profile];
  if (video !== null) {
    return await cameraOfFile(video, { size, fps, durationS, bound: size ?? wanted });
  }
  const { widthPx, heightPx } = size ?? wanted;
  const spec = await clipOf({ widthPx, heightPx, fps: fps ?? wanted.fps, durationS: CLIP_S });
  const file = await clipFile(spec);
  return {
    path: file.path,
    source: "person",
    widthPx,
    heightPx,
    fps: spec.fps,
    lengthS: CLIP_S,
    [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
  };
}

async function clipOf(
  size: Pick<ClipSpec, "widthPx" | "heightPx" | "fps" | "durationS">,
): Promise<ClipSpec> {
  const { picture, objectXyxy } = await personInColour(Math.round(size.heightPx * OBJECT_HEIGHT));
  const xPx = size.widthPx * SWAY;
  const { luma, ...chroma } = picture;
  const movement = { kind: "sway", xPx, yPx: xPx / 4 } as const;
  return { ...size, picture: luma, chroma, objectXyxy, movement };
}

async function cameraOfFile(
  video: string,
  { size, fps, durationS, bound }: Pick<MetricsConfig, "size" | "fps" | "durationS"> & {
    bound: Size;
  },
): Promise<BenchCamera> {
  const isThere = await Deno.stat(video).then((stat) => stat.isFile, () => false);
  if (!isThere) throw new Error(`Cannot find the video: ${video}`);
  const facts = { source: "file", widthPx: null, heightPx: null, fps } as const;
  const isPlayable = /\.(y4m|mjpeg)$/.test(video) && size === null && fps === null;
  if (isPlayable) {
    return {
      ...facts,
      lengthS: null,
      path: await Deno.realPath(video),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }
  const bytesPerS = bound.widthPx * bound.heightPx * 1.5 * (fps ?? USUAL_FPS);
  const lengthS = Math.floor(Math.min(durationS + BEFORE_S, MAX_VIDEO_BYTES / bytesPerS));
  const path = await Deno.makeTempFile({ prefix: "peerlens-clip-", suffix: ".y4m" });
  const remove = () => Deno.remove(path);
  try {
    await convert(video, path, { bound, fps, lengthS });
  } catch (error) {
    await remove();
    throw error;
  }
  const { widthPx, heightPx } = bound;
  return { ...facts, widthPx, heightPx, lengthS, path, [Symbol.asyncDispose]: remove };
}

/** To frames that are not compressed: only these files say how many there are in a second. */
async function convert(
  video: string,
  path: string,
  { bound, fps, lengthS }: { bound: Size; fps: number | null; lengthS: number },
): Promise<void> {
  const box = `${bound.widthPx}:${bound.heightPx}`;
  // A picture of another shape gets bars rather than another shape.
  const scale = `scale=${box}:force_original_aspect_ratio=decrease,pad=${box}:-1:-1`;
  const args = [
    ...["-v", "error", "-y", "-i", video, "-an", "-t", String(lengthS), "-vf", scale],
    ...(fps === null ? [] : ["-r", String(fps)]),
    ...["-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", path],
  ];
  const options = { args, stdin: "null", stdout: "null", stderr: "piped" } as const;
  // A program that is not there is thrown at once, before there is anything to wait for.
  const done = await (async () => await new Deno.Command("ffmpeg", options).output())()
    .catch(() => null);
  if (done === null) {
    throw new Error(
      `Cannot convert ${video}: there is no ffmpeg here. .y4m and .mjpeg files need none, ` +
        "as long as neither --size nor --fps is given",
    );
  }
  if (done.success) return;
  throw new Error(`Cannot convert ${video}: ${new TextDecoder().decode(done.stderr).trim()}`);
}
