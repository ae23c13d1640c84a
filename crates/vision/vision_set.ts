// This module is browser compatible.

import type { InputSpec, SizePx, VisionSpec } from "./spec.ts";
import { Vision } from "./vision.ts";

/** The {@linkcode Vision}s of one model that takes pictures of several sizes; each is made when it is first needed. */
export class VisionSet {
  readonly #spec: VisionSpec;
  readonly #made = new Map<string, Vision>();

  /**
   * @param spec Of the size in its `input`, which is made at once.
   * @throws {VisionError} As {@linkcode Vision} does.
   */
  constructor(spec: VisionSpec) {
    this.#spec = spec;
    this.at(spec.input);
  }

  /**
   * The one for an input of this size, which stays this set's.
   * @throws {VisionError} As {@linkcode Vision} does.
   */
  at({ widthPx, heightPx }: SizePx): Vision {
    const name = `${widthPx}x${heightPx}`;
    let vision = this.#made.get(name);
    if (vision === undefined) {
      const input: InputSpec = { ...this.#spec.input, widthPx, heightPx };
      vision = new Vision({ ...this.#spec, input });
      this.#made.set(name, vision);
    }
    return vision;
  }

  /** Gives all buffers back to the core; the set is of no use afterwards. */
  free(): void {
    for (const vision of this.#made.values()) vision.free();
    this.#made.clear();
  }
}
