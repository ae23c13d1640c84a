import type { DetectorErrorCode } from "./worker_messages.ts";

/** A failure of detection for a reason that the page tells its user. */
export class DetectorError extends Error {
  override readonly name = "DetectorError";
  readonly code: DetectorErrorCode;

  /** @param message A sentence for the screen: what is wrong and what to do. */
  constructor(code: DetectorErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** When none of so many first frames works, no later one will. */
export const MAX_FIRST_FAILURES = 5;

/** What a Worker that makes JPEGs of frames says when it cannot. */
export function encodingFailure(error: unknown) {
  const code = error instanceof DetectorError ? error.code : "frame-failed";
  const message = `This browser cannot prepare frames for the server: ${textOf(error)}`;
  return { kind: "failed", code, message } as const;
}

/**
 * Says whether an exception means that memory ran out. Browsers agree on no class for it: WASM
 * traps and allocation failures differ in all but their words.
 */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof RangeError ||
    /out of memory|memory access out of bounds|bad_alloc|could not allocate|allocation failed/i
      .test(textOf(error));
}

/** The words of anything thrown. */
export function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
