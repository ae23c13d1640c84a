/**
 * Why a frame went no further. `pace`: more came than are shown. `encoder-busy`, `tap-busy`: the one before
 * was still in work. `viewer-behind`: one viewer's track did not take it. `parent-slow`: the server did
 * not read. `boxes-late`: it was to have boxes burned in, and these came too late or not at all.
 */
export const CAMERA_DROP_CAUSES = [
  "pace",
  "encoder-busy",
  "tap-busy",
  "viewer-behind",
  "parent-slow",
  "boxes-late",
] as const;
/** See {@linkcode CAMERA_DROP_CAUSES}. */
export type CameraDropCause = (typeof CAMERA_DROP_CAUSES)[number];

/** Counts over all cameras since the process started. */
export class CameraCounters {
  framesRead = 0;
  /** Once for each viewer. */
  framesSent = 0;
  readonly framesDropped = Object.fromEntries(
    CAMERA_DROP_CAUSES.map((cause) => [cause, 0]),
  ) as Record<CameraDropCause, number>;

  /** Counts a frame that went no further. */
  drop(cause: CameraDropCause): void {
    this.framesDropped[cause] += 1;
  }
}
