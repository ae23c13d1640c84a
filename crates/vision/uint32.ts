// This module is browser compatible.

import { VisionError } from "./error.ts";

/**
 * Gives `value` back. WASM would wrap any other number round into a u32 without a word.
 *
 * @throws {VisionError} `not-an-integer`.
 */
export function uint32(value: number, field: string): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new VisionError("not-an-integer", `Cannot use ${field} ${value}: not a 32-bit integer`);
  }
  return value;
}
