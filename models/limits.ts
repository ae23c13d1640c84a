/** No model in use is larger, and browsers have to hold it in memory. */
export const MAX_MODEL_BYTES = 256 << 20;
