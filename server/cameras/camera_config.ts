import type { RtcPlace } from "../rtc/rtc_config.ts";

/**
 * What the camera process is told at its start: one JSON text, its only argument. Which cameras there are
 * it is told in its first message: all accounts of this computer can read arguments.
 */
export interface CameraProcessConfig extends RtcPlace {
  /** The program: a path, or its name on `PATH`. */
  readonly ffmpeg: string;
}

/** How Deno runs the camera process, before its permissions. */
export const CAMERA_FLAGS = ["--quiet", "--v8-flags=--optimize-for-size"] as const;

/** The entry, from the folder of the code. */
export const CAMERA_ENTRY = "server/cameras/main.ts";

/**
 * Reads {@linkcode CameraProcessConfig} from the command line. Its writer is ours and of this version, so
 * only that it is there is checked.
 * @throws {TypeError} If it is missing.
 */
export function readCameraConfig(args: readonly string[]): CameraProcessConfig {
  const [text] = args;
  if (text === undefined) throw new TypeError("Cannot start cameras: no configuration given");
  return JSON.parse(text);
}
