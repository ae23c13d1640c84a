// This module is browser compatible.

/** The codes of {@linkcode VisionError}; those of the Rust core are in `src/error.rs`. */
export const VISION_ERROR_CODES = [
  // From the core.
  "input-spec",
  "head-spec",
  "unknown-name",
  "frame-size",
  "frame-bytes",
  "plane-count",
  "plane-stride",
  "plane-bounds",
  "head-length",
  "detect-option",
  "track-option",
  "target-size",
  "jpeg-bytes",
  "jpeg-truncated",
  "jpeg-format",
  "jpeg-unsupported",
  "jpeg-size",
  "picture-format",
  "picture-size",
  "no-frame",
  // From this side of the boundary.
  "not-loaded",
  "load-failed",
  "not-an-integer",
  "freed",
  "core-failed",
] as const;

/** Names what was refused or went wrong. */
export type VisionErrorCode = typeof VISION_ERROR_CODES[number];

/** Thrown by everything in this folder. Branch on `code`. */
export class VisionError extends Error {
  override readonly name = "VisionError";
  /** What was refused or went wrong. */
  readonly code: VisionErrorCode;

  constructor(code: VisionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Runs `call` into the core and turns what it throws into a {@linkcode VisionError}. */
export function withVisionError<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw toVisionError(error);
  }
}

/** A {@linkcode VisionError} from what the core threw; a trap becomes `core-failed`. */
export function toVisionError(error: unknown): VisionError {
  if (error instanceof VisionError) return error;
  const { code, message } = error instanceof Error
    ? error as Error & { code?: unknown }
    : { code: undefined, message: String(error) };
  const known = VISION_ERROR_CODES.find((candidate) => candidate === code);
  if (known !== undefined) return new VisionError(known, message, { cause: error });
  return new VisionError("core-failed", `The vision core failed: ${message}`, { cause: error });
}
