// This module is browser compatible.
/**
 * Everything that goes between pages and server, and between pages: the link, signalling, the phone–viewer control channel, the server's
 * configuration, models and timing. The README of this folder is the protocol in prose.
 *
 * @module
 */
export * from "./bytes.ts";
export * from "./control.ts";
export * from "./detection.ts";
export * from "./errors.ts";
export * from "./events.ts";
export * from "./fault.ts";
export * from "./frame.ts";
export * from "./frame_pace.ts";
export * from "./ice.ts";
export * from "./ids.ts";
export * from "./inference.ts";
export * from "./join_origins.ts";
export * from "./limits.ts";
export * from "./link.ts";
export * from "./metrics.ts";
export * from "./model.ts";
export * from "./model_admin.ts";
export * from "./model_size.ts";
export * from "./model_tensors.ts";
export * from "./model_versions.ts";
export * from "./rate.ts";
export * from "./relay.ts";
export * from "./relay_frame.ts";
export * from "./sdp.ts";
export * from "./server_camera.ts";
export * from "./server_config.ts";
export * from "./signal.ts";
export * from "./stage_clock.ts";
export * from "./timing.ts";
export * from "./timing_channel.ts";
export * from "./version.ts";
