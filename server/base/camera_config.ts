import { cameraNameSchema, MAX_SERVER_CAMERAS } from "@/protocol";
import * as v from "valibot";
import { type CameraSpec, parseCameras, SCENE_NAME } from "./camera_spec.ts";
import type { Given } from "./config_values.ts";
import { UsageError } from "./flags.ts";

/** What of the configuration is of cameras of the server. */
export interface CameraConfig {
  /** Empty: there are none. Holds secrets. @default {the drawn scene, where there is ffmpeg} */
  readonly specs: readonly CameraSpec[];
  /** Path of ffmpeg, which reads and encodes them; `null`: it was not found. */
  readonly ffmpeg: string | null;
}

/** In place of cameras: there are to be none. */
const NONE = "none";

/**
 * Reads which cameras there are. A source is never repeated: it may hold a password.
 * @throws {UsageError} If one cannot be used.
 */
export function toCameras({ source, value }: Given, ffmpeg: string | null): CameraConfig {
  const text = value?.trim() ?? (ffmpeg === null ? NONE : SCENE_NAME);
  if (text === NONE) return { specs: [], ffmpeg };
  try {
    return { specs: parseCameras([text]), ffmpeg };
  } catch (error) {
    throw new UsageError(`${source}: ${(error as Error).message}`);
  }
}

/** What the names of cameras end with that are there by themselves, with boxes drawn into another's picture. */
const BOXES_SUFFIX = "-boxes";

/**
 * Each camera once more, with boxes drawn in, where the operator named none and there is room for it: for
 * a server that finds what could be drawn.
 */
export function withBoxes(specs: readonly CameraSpec[]): readonly CameraSpec[] {
  const all = [...specs];
  for (const { name, kind } of specs) {
    const boxes = v.safeParse(cameraNameSchema, name + BOXES_SUFFIX);
    const isTaken = all.some((one) =>
      one.name === boxes.output || (one.kind === "boxes" && one.source === name)
    );
    if (kind === "boxes" || kind === "whep" || !boxes.success || isTaken) continue;
    if (all.length < MAX_SERVER_CAMERAS) {
      all.push({ name: boxes.output, kind: "boxes", source: name });
    }
  }
  return all;
}

/** Whether there is anything that a camera process could do. */
export function hasCameraProcess({ specs, ffmpeg }: CameraConfig): boolean {
  return ffmpeg !== null && specs.some(({ kind }) => kind !== "whep");
}
