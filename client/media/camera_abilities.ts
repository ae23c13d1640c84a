import type { CameraState } from "@/protocol";
import type { Facing } from "./camera_constraints.ts";

/** What a track can do and does now. */
export interface CameraAbilities {
  readonly facing: Facing;
  readonly deviceId: string | null;
  readonly torch: CameraState["torch"];
  readonly zoom: CameraState["zoom"];
  readonly widthPx: number | null;
  readonly heightPx: number | null;
  readonly fps: number | null;
}

/** The part of a track that is read. Safari before 17 and Firefox lack `getCapabilities`. */
export type AbilitySource = Pick<MediaStreamTrack, "getSettings"> & {
  getCapabilities?: () => unknown;
};

/** `torch` and `zoom` are of Image Capture, which TypeScript's DOM library leaves out. */
interface ImageCaptureFields {
  readonly torch?: unknown;
  readonly zoom?: unknown;
}

/** Reads a track; what the browser does not say is `null`. */
export function readAbilities(track: AbilitySource): CameraAbilities {
  const settings: MediaTrackSettings & ImageCaptureFields = track.getSettings();
  const capabilities = (track.getCapabilities?.() ?? {}) as ImageCaptureFields;
  return {
    facing: facingOf(settings.facingMode),
    deviceId: settings.deviceId ?? null,
    torch: hasTorch(capabilities.torch) ? settings.torch === true : null,
    zoom: zoomOf(capabilities.zoom, settings.zoom),
    widthPx: settings.width ?? null,
    heightPx: settings.height ?? null,
    fps: settings.frameRate ?? null,
  };
}

function facingOf(value: string | undefined): Facing {
  switch (value) {
    case "user":
    case "environment":
    case "left":
    case "right":
      return value;
    default:
      return null;
  }
}

/** Chromium says a boolean, the specification and Safari a list of those that are possible. */
function hasTorch(value: unknown): boolean {
  return value === true || (Array.isArray(value) && value.includes(true));
}

function zoomOf(range: unknown, value: unknown): CameraState["zoom"] {
  const { min, max, step } = (range ?? {}) as Record<string, unknown>;
  if (!isNumber(min) || !isNumber(max) || max <= min) return null;
  const now = isNumber(value) ? Math.min(Math.max(value, min), max) : min;
  return { value: now, min, max, step: isNumber(step) && step > 0 ? step : (max - min) / 100 };
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}
