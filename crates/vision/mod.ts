/**
 * Pixel and box arithmetic, the same in the viewer's browser and on the server: letterbox, head
 * decoders and NMS, in Rust compiled to WASM (`src/`, built into `pkg/`).
 *
 * Call {@linkcode initVision} once, then make one {@linkcode Vision} for each model.
 *
 * This module is browser compatible.
 *
 * @module
 */
export { VISION_ERROR_CODES, VisionError, type VisionErrorCode } from "./error.ts";
export { initVision, type VisionSource } from "./load.ts";
export * from "./spec.ts";
export { DETECTION_VALUES, Vision } from "./vision.ts";
