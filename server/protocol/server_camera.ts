// This module is browser compatible.
import * as v from "valibot";

/** Names one camera of the server, as its operator does: in links, lists and logs. */
export const cameraNameSchema = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/, "Not a camera's name"),
  v.brand("CameraName"),
);
/** See {@linkcode cameraNameSchema}. */
export type CameraName = v.InferOutput<typeof cameraNameSchema>;

/** Cameras of one server at most. */
export const MAX_SERVER_CAMERAS = 16;

/** Of these, in one room at once. They take no places of phones. */
export const MAX_ROOM_CAMERAS = 4;

/**
 * Where a camera of the server has its pictures from. `scene`: drawn by the server itself. `boxes`: from
 * another of its cameras, with what is found drawn into them.
 */
export const CAMERA_KINDS = ["scene", "file", "rtsp", "usb", "whep", "boxes"] as const;
/** See {@linkcode CAMERA_KINDS}. */
export type CameraKind = (typeof CAMERA_KINDS)[number];

/**
 * How a camera of the server is. `idle`: nobody watches it. `stalled`: no picture comes at the moment; it
 * is tried again. `unavailable`: it cannot work before the operator does something.
 */
export const CAMERA_STATUSES = ["idle", "starting", "live", "stalled", "unavailable"] as const;
/** See {@linkcode CAMERA_STATUSES}. */
export type CameraStatus = (typeof CAMERA_STATUSES)[number];

/** A camera of the server, as pages are told of it: never its address. */
export const serverCameraSchema = v.object({
  name: cameraNameSchema,
  kind: v.picklist(CAMERA_KINDS),
  status: v.picklist(CAMERA_STATUSES),
  /** In words, with what to do; `null`: all is well. */
  problem: v.nullable(v.pipe(v.string(), v.maxLength(300))),
});
/** See {@linkcode serverCameraSchema}. */
export type ServerCamera = v.InferOutput<typeof serverCameraSchema>;

/** To owners who may use them: the cameras of this server, on joining and on every change. */
export const serverCamerasSchema = v.object({
  type: v.literal("cameras"),
  cameras: v.pipe(v.array(serverCameraSchema), v.maxLength(MAX_SERVER_CAMERAS)),
});
/** See {@linkcode serverCamerasSchema}. */
export type ServerCamerasMessage = v.InferOutput<typeof serverCamerasSchema>;

/** From an owner: this camera is to come into the room, or to go. */
export const useCameraSchema = v.strictObject({
  type: v.literal("use-camera"),
  name: cameraNameSchema,
  on: v.boolean(),
});
/** See {@linkcode useCameraSchema}. */
export type UseCameraMessage = v.InferOutput<typeof useCameraSchema>;
