import { ASSETS } from "../fixtures.ts";
import { type BenchCamera, makeCamera } from "../metrics/camera.ts";
import { ffmpeg } from "./ffmpeg.ts";

/** A person who comes to a table, stands there, and goes: when, and where in the picture. */
const WALK = {
  file: "videos/one-by-one-person-detection.mp4",
  /** Where reading begins. */
  fromS: 74,
  /** From there; standing still in between is left out. */
  parts: [[0.2, 5.2], [10.4, 13.2]],
  lengthS: 14,
  crop: "576:432:170:0",
  fps: 10,
} as const;

const SIZE = { widthPx: 640, heightPx: 480 } as const;

/** What the phone's camera shows. */
export interface DemoCamera extends AsyncDisposable {
  readonly path: string;
  /** Whether something is to be found in it, as far as is known. */
  readonly hasObjects: boolean;
}

/**
 * Makes the camera's file; it is removed at the end.
 * @throws {Error} If there is no such video, or it cannot be converted.
 */
export async function makeDemoCamera(
  { video, seconds }: { video: string | null; seconds: number },
  { signal }: { signal: AbortSignal },
): Promise<DemoCamera> {
  const source = `${ASSETS}/${WALK.file}`;
  const hasWalk = ASSETS !== undefined && await isFile(source);
  if (video === null && hasWalk) return await walk(source, signal);
  const camera: BenchCamera = await makeCamera({
    video,
    profile: "balanced",
    size: null,
    fps: null,
    durationS: seconds,
  });
  return {
    path: camera.path,
    hasObjects: camera.source === "person",
    [Symbol.asyncDispose]: () => camera[Symbol.asyncDispose](),
  };
}

async function walk(source: string, signal: AbortSignal): Promise<DemoCamera> {
  const path = await Deno.makeTempFile({ prefix: "peerlens-demo-", suffix: ".y4m" });
  const remove = () => Deno.remove(path).catch(() => {});
  const parts = WALK.parts.map(([from, until]) => `between(t,${from},${until})`).join("+");
  const filters = [
    `crop=${WALK.crop}`,
    `scale=${SIZE.widthPx}:${SIZE.heightPx}:flags=lanczos`,
    `select='${parts}'`,
    `setpts=N/${WALK.fps}/TB`,
  ];
  const input = ["-ss", String(WALK.fromS), "-t", String(WALK.lengthS), "-i", source];
  const output = ["-r", String(WALK.fps), "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", path];
  try {
    await ffmpeg([...input, "-an", "-vf", filters.join(","), ...output], { signal });
  } catch (error) {
    await remove();
    throw error;
  }
  return { path, hasObjects: true, [Symbol.asyncDispose]: remove };
}

function isFile(path: string): Promise<boolean> {
  return Deno.stat(path).then((stat) => stat.isFile, () => false);
}
