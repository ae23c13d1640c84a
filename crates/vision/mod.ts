/**
 * Pixel and box arithmetic, the same in the viewer's browser and on the server: JPEG, scaling,
 * letterbox, head decoders, NMS, a tracker and a follower, in Rust compiled to WASM (`src/`, built
 * into `pkg/`).
 *
 * Call {@linkcode initVision} once, then make one {@linkcode Vision} for each model, a
 * {@linkcode Tracker} for each stream, a {@linkcode Follower} where results come late, or a
 * {@linkcode Scaler} where frames are made small to be sent.
 *
 * This module is browser compatible.
 *
 * @module
 */
export { DETECTION_VALUES } from "./detection_rows.ts";
export { VISION_ERROR_CODES, VisionError, type VisionErrorCode } from "./error.ts";
export * from "./families.ts";
export { fitInside } from "./fit_inside.ts";
export { type FollowedObject, Follower, type LumaLayout } from "./follower.ts";
export { fromHalf, type HalfArray, halfArray, toHalf } from "./half.ts";
export { type HeadFault, headFault } from "./head_fault.ts";
export { coreBytes, initVision, type VisionSource } from "./load.ts";
export {
  HeadNumbers,
  type InputData,
  inputData,
  type InputType,
  medianRunMs,
  type OutputData,
} from "./model_data.ts";
export { Scaler } from "./scaler.ts";
export * from "./spec.ts";
export {
  type BoxVelocity,
  type TrackedDetection,
  type TrackedFrame,
  type TrackedFrameOptions,
  Tracker,
  type TrackerOptions,
  weakThreshold,
} from "./tracker.ts";
export { type UprightPicture, Vision } from "./vision.ts";
export { VisionSet } from "./vision_set.ts";
