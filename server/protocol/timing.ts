// This module is browser compatible.

/**
 * The stages of the frame path, in order; the same names everywhere that a time is shown. `wait`: how
 * long the newest frame waited until the detector, or the encoder, was free.
 */
export const STAGES = ["wait", "grab", "letterbox", "run", "decode", "nms", "post"] as const;
/** See {@linkcode STAGES}. */
export type Stage = (typeof STAGES)[number];

/** Duration of each stage of one frame, ms; one that was not measured is missing. */
export type StageTimes = Readonly<Partial<Record<Stage, number>>>;

/** Why a frame was not processed, or not counted as processed. */
export const DROP_CAUSES = ["superseded", "error"] as const;
/** `superseded`: a newer frame took its waiting place. `error`: a stage threw. */
export type DropCause = (typeof DROP_CAUSES)[number];

/**
 * Where the capture time of a frame comes from, the best first. `captureTime`: the browser's own
 * estimate from what the phone's browser says of the frame. `phone`: the phone's note of when the
 * frame left its encoder, on its clock. `receiveTime`: when the viewer received the frame, which
 * says nothing about the time before and is never called end-to-end.
 */
export const CAPTURE_CLOCKS = ["captureTime", "phone", "receiveTime"] as const;
/** See {@linkcode CAPTURE_CLOCKS}. */
export type CaptureClock = (typeof CAPTURE_CLOCKS)[number];
