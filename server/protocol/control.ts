// This module is browser compatible.
import * as v from "valibot";
import { parse } from "./signal.ts";

/** Label and fixed id of the phone–viewer DataChannel: reliable, ordered, JSON text. */
export const CONTROL_CHANNEL = { label: "control", id: 0 } as const;

/** Longest control message in UTF-16 units. */
export const MAX_CONTROL_CHARS = 8 * 1024;

/** Camera profiles; see `CAMERA_PROFILES` for what each asks of the camera. */
export const profileSchema = v.picklist(["low", "balanced", "high"]);
/** See {@linkcode profileSchema}. */
export type Profile = v.InferOutput<typeof profileSchema>;

/** What a profile asks of the phone's camera and encoder. */
export interface CameraProfile {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly fps: number;
  /** Upper bound for the encoder: enough that blocking artefacts do not cost detections. */
  readonly maxBitrateBps: number;
}

/** The table of the README. */
export const CAMERA_PROFILES: Readonly<Record<Profile, CameraProfile>> = {
  low: { widthPx: 320, heightPx: 240, fps: 15, maxBitrateBps: 500_000 },
  balanced: { widthPx: 640, heightPx: 480, fps: 30, maxBitrateBps: 2_000_000 },
  high: { widthPx: 1280, heightPx: 720, fps: 30, maxBitrateBps: 4_500_000 },
};

const unit = v.pipe(v.number(), v.finite());

/** What the phone's camera can do and does now; sent on opening and on every change. */
export const cameraStateSchema = v.object({
  type: v.literal("camera-state"),
  status: v.picklist(["live", "paused", "hidden", "suspended", "stopped", "lost"]),
  /** `null` where the browser does not say. */
  facing: v.nullable(v.picklist(["user", "environment", "left", "right"])),
  canSwitch: v.boolean(),
  /** `null` where the track has no torch. */
  torch: v.nullable(v.boolean()),
  /** `null` where the track has no zoom. */
  zoom: v.nullable(v.object({ value: unit, min: unit, max: unit, step: unit })),
  profile: profileSchema,
  /** What the track delivers now, in pixels and frames per second; `null` where not known. */
  widthPx: v.nullable(unit),
  heightPx: v.nullable(unit),
  fps: v.nullable(unit),
});
/** See {@linkcode cameraStateSchema}. */
export type CameraState = v.InferOutput<typeof cameraStateSchema>;

/** The owner asks the phone to do something with its camera. Phones ignore it from other roles. */
export const cameraCommandSchema = v.variant("command", [
  v.object({ type: v.literal("camera-command"), command: v.literal("switch") }),
  v.object({ type: v.literal("camera-command"), command: v.literal("torch"), on: v.boolean() }),
  v.object({ type: v.literal("camera-command"), command: v.literal("zoom"), value: unit }),
  v.object({ type: v.literal("camera-command"), command: v.literal("pause"), paused: v.boolean() }),
  v.object({
    type: v.literal("camera-command"),
    command: v.literal("profile"),
    profile: profileSchema,
  }),
]);
/** See {@linkcode cameraCommandSchema}. */
export type CameraCommand = v.InferOutput<typeof cameraCommandSchema>;

/** Where the frames of this phone go now, so that the phone's page can say so. */
export const privacyStateSchema = v.object({
  type: v.literal("privacy-state"),
  /** `local`: not beyond the two devices. `server`: also to the server. `off`: shown, not examined. */
  frames: v.picklist(["local", "server", "off"]),
  /** Where a picture of each event in a zone goes, through the server: a host; `null`: nowhere. */
  eventsTo: v.nullable(v.pipe(v.string(), v.regex(/^[A-Za-z0-9.:[\]-]{1,255}$/))),
});
/** See {@linkcode privacyStateSchema}. */
export type PrivacyState = v.InferOutput<typeof privacyStateSchema>;

/** Asks the phone for `capture-times` on the timing channel, or to stop them; costs it a Worker. */
export const captureTimesWantedSchema = v.object({
  type: v.literal("capture-times-wanted"),
  wanted: v.boolean(),
});
/** See {@linkcode captureTimesWantedSchema}. */
export type CaptureTimesWanted = v.InferOutput<typeof captureTimesWantedSchema>;

const fromPhoneSchema = cameraStateSchema;
const fromViewerSchema = v.union([
  cameraCommandSchema,
  privacyStateSchema,
  captureTimesWantedSchema,
]);
/** What a phone sends on the control channel. */
export type FromPhoneMessage = CameraState;
/** What a viewer sends on the control channel. */
export type FromViewerMessage = CameraCommand | PrivacyState | CaptureTimesWanted;

/** Parses what a phone sent. @throws {SyntaxError | TypeError | RangeError} If it is not a message. */
export function parseFromPhone(text: string): FromPhoneMessage {
  return parse(fromPhoneSchema, bounded(text));
}

/** Parses what a viewer sent. @throws {SyntaxError | TypeError | RangeError} If it is not a message. */
export function parseFromViewer(text: string): FromViewerMessage {
  return parse(fromViewerSchema, bounded(text));
}

function bounded(text: string): string {
  if (text.length <= MAX_CONTROL_CHARS) return text;
  throw new RangeError(`Cannot accept control message: ${text.length} characters`);
}
