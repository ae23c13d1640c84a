/** No model in use is larger, and browsers have to hold it in memory. */
export const MAX_MODEL_BYTES = 256 << 20;

/** Memory of the process in which a new one is tried; the largest detectors in use take half of it. */
export const MAX_TRIAL_BYTES = 2 * 1024 ** 3;

/** The whole trial: large models on slow computers take seconds; what takes longer hangs. */
export const TRIAL_LIMIT_MS = 120_000;

/** One run: a model that takes longer shows nothing live, and holds up all others. */
export const MAX_RUN_MS = 10_000;

/** Numbers in all outputs of one run, masks included; boxes have a hundredth of it. */
export const MAX_OUTPUT_NUMBERS = 64 * 1024 ** 2;
