import { nativeCodePermissions } from "../child/native_permissions.ts";
import type { CameraProcessConfig } from "./camera_config.ts";

/**
 * The least that the camera process needs, as flags of `deno run`: to read code, to load the native part of
 * node-datachannel, and to start ffmpeg and nothing else. ffmpeg is bound by none of this: it opens what
 * the operator named, and reads what comes from there. That is why all of it is in a process apart.
 */
export function cameraPermissions({ ffmpeg }: Pick<CameraProcessConfig, "ffmpeg">): string[] {
  return [...nativeCodePermissions([]), `--allow-run=${ffmpeg.replaceAll(",", ",,")}`];
}
