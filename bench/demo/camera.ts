import { clipFile } from "../fixtures.ts";
import { makeCamera } from "../metrics/camera.ts";
import { sceneClip } from "../scene_clip.ts";

/** Of the scene that is shown unless told; it begins again where it ended. */
const SCENE = { widthPx: 640, heightPx: 480, fps: 15, durationS: 6 } as const;

/** What the phone's camera shows. */
export interface DemoCamera extends AsyncDisposable {
  readonly path: string;
  /** Whether something is to be found in it, as far as is known. */
  readonly hasObjects: boolean;
}

/**
 * Makes the camera's file; it is removed at the end.
 * @param video A file to show; `null`: the pictures of models/pictures.
 * @throws {Error} If there is no such video, or it cannot be converted.
 */
export async function makeDemoCamera(
  { video, seconds }: { video: string | null; seconds: number },
): Promise<DemoCamera> {
  const camera = video === null ? await clipFile(await sceneClip(SCENE)) : await makeCamera({
    video,
    profile: "balanced",
    size: null,
    fps: null,
    durationS: seconds,
  });
  return {
    path: camera.path,
    hasObjects: video === null,
    [Symbol.asyncDispose]: () => camera[Symbol.asyncDispose](),
  };
}
