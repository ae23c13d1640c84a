// This module is browser compatible.

// @ts-types="./pkg/vision.d.ts"
import * as core from "./pkg/vision.js";
import { DETECTION_VALUES, writeDetection } from "./detection_rows.ts";
import { VisionError, withVisionError } from "./error.ts";
import { CoreMemory } from "./load.ts";
import type { NormalizedXyxy, PlaneLayout } from "./spec.ts";
import type { TrackedDetection } from "./tracker.ts";
import { uint32 } from "./uint32.ts";

/** Most detections of a result that are looked at, and most objects. */
const MAX_OBJECTS = 64;
/** Numbers of one detection and of one object, as the core has them. */
const FOUND_VALUES = DETECTION_VALUES + 2;
const OBJECT_VALUES = 12;

/** Where a frame's luma lies in the frame buffer, and how it is turned. */
export interface LumaLayout {
  /** Size as stored, px, 1–8192 a side. */
  readonly widthPx: number;
  readonly heightPx: number;
  /** The Y plane: one byte a pixel. */
  readonly plane: PlaneLayout;
  /** Clockwise quarter turns for display, 0–3. Default: 0. */
  readonly quarterTurns?: number;
}

/** An object, where it is in the newest frame as far as that is known. */
export interface FollowedObject {
  /** In shares of the frame as displayed, 0–1. */
  readonly box: NormalizedXyxy;
  /** Of the last detection, 0–1. */
  readonly score: number;
  readonly classId: number;
  /** How alike it was where it was last looked for, 0–1; below 0.5 it was not seen. */
  readonly confidence: number;
  /** Movement of the box's centre, shares of the frame per second. */
  readonly velocity: { readonly x: number; readonly y: number };
  /** How long before the newest frame the last frame is whose result had it, ms. */
  readonly unconfirmedMs: number;
  /** How much earlier than the newest frame the box is, ms; 0 once it is followed up to there. */
  readonly behindMs: number;
  /** The last result has it not: it is only seen to go on. */
  readonly isAlone: boolean;
}

/**
 * Carries boxes forward from the frame that they were found in to the newest one, by what is seen in
 * the pictures in between: for results that come late.
 *
 * It keeps a small picture (about 160 px long) of each frame of the last 1.5 s, 48 at most, and follows up
 * to 64 objects in them by normalised cross-correlation. It holds no clock: frames and results name
 * the time of their frame, ms on one clock that goes steadily. Work is done only in
 * {@linkcode Follower.step}, in slices as small as wanted. All buffers are in the core's memory.
 *
 * @example
 * ```ts ignore
 * const follower = new Follower();
 * const planes = await frame.copyTo(follower.frameBuffer(frame.allocationSize()));
 * follower.addFrame({ widthPx, heightPx, plane: planes[0] }, timeMs);
 * follower.addResult(detections, timeMsOfTheirFrame);
 * while (follower.step(100)) await painting();
 * const boxes = follower.objects();
 * ```
 */
export class Follower {
  readonly #memory: CoreMemory;
  #follower: core.Follower | undefined;

  /**
   * @param options `simd`: whether to use the SIMD128 code (default) or its scalar reference; the
   * results are the same.
   * @throws {VisionError} `not-loaded`.
   */
  constructor(options: { simd?: boolean } = {}) {
    this.#memory = new CoreMemory();
    this.#follower = new core.Follower(options.simd ?? true);
  }

  /**
   * Room for one frame of `byteLength` bytes (at most 256 MiB) to write into: all planes, though only
   * the first is looked at. Old bytes may still be in it; valid until the next call of any method.
   *
   * @throws {VisionError} `frame-bytes`, `not-an-integer`, `freed`.
   */
  frameBuffer(byteLength: number): Uint8Array<ArrayBuffer> {
    const follower = this.#live();
    const bytes = uint32(byteLength, "byteLength");
    const address = withVisionError(() => follower.frameAddress(bytes));
    return this.#memory.bytes(address, bytes);
  }

  /**
   * Keeps a small picture of the frame in the frame buffer. One not later than the last is passed
   * over. After a change of the frame's size nothing before it is followed any more.
   *
   * @throws {VisionError} `frame-size`, `plane-stride`, `plane-bounds`, `not-an-integer`, `freed`.
   */
  addFrame({ widthPx, heightPx, plane, quarterTurns = 0 }: LumaLayout, timeMs: number): void {
    const follower = this.#live();
    const [width, height] = [uint32(widthPx, "widthPx"), uint32(heightPx, "heightPx")];
    const [offset, stride] = [uint32(plane.offset, "offset"), uint32(plane.stride, "stride")];
    const turns = uint32(quarterTurns, "quarterTurns");
    withVisionError(() => follower.addFrame(width, height, offset, stride, turns, timeMs));
  }

  /**
   * Takes in what was found on the frame at `timeMs`, the best first; what is past the 64th is not
   * looked at.
   *
   * @returns `false` when it is of no use: no picture within 40 ms of that time is kept, or a later
   * result is known.
   * @throws {VisionError} `freed`.
   */
  addResult(found: readonly TrackedDetection[], timeMs: number): boolean {
    const follower = this.#live();
    const count = Math.min(found.length, MAX_OBJECTS);
    const input = this.#memory.floats(follower.inputAddress, count * FOUND_VALUES);
    for (let index = 0; index < count; index++) {
      const at = index * FOUND_VALUES;
      const { velocity } = found[index]!;
      writeDetection(input, at, found[index]!);
      input[at + DETECTION_VALUES] = velocity?.x ?? 0;
      input[at + DETECTION_VALUES + 1] = velocity?.y ?? 0;
    }
    return follower.addResult(count, timeMs);
  }

  /**
   * Follows objects further. One comparison takes 10 to 20 µs; an object and frame one or two.
   *
   * @param matches About how many comparisons to do, 1 to 2³² − 1.
   * @returns Whether anything is left to be done.
   * @throws {VisionError} `not-an-integer`, `freed`.
   */
  step(matches: number): boolean {
    return this.#live().step(uint32(matches, "matches"));
  }

  /**
   * The objects as they are known by now; copies, the caller's to keep.
   *
   * @throws {VisionError} `freed`.
   */
  objects(): FollowedObject[] {
    const follower = this.#live();
    const count = follower.collect();
    const values = this.#memory.floats(follower.objectsAddress, count * OBJECT_VALUES);
    return Array.from({ length: count }, (_, index) => objectAt(values, index * OBJECT_VALUES));
  }

  /**
   * How often an object was not yet at a frame when the next one came: it then moved by its velocity.
   *
   * @throws {VisionError} `freed`.
   */
  get fallenBack(): number {
    return this.#live().fallenBack;
  }

  /**
   * Forgets every picture and object: another video.
   *
   * @throws {VisionError} `freed`.
   */
  reset(): void {
    this.#live().reset();
  }

  /**
   * Forgets every object but no picture: results from now on are of another model.
   *
   * @throws {VisionError} `freed`.
   */
  resetObjects(): void {
    this.#live().resetObjects();
  }

  /** Gives the buffers back to the core. Safe to call twice; anything else then throws `freed`. */
  free(): void {
    this.#follower?.free();
    this.#follower = undefined;
  }

  #live(): core.Follower {
    if (this.#follower === undefined) {
      throw new VisionError("freed", "Cannot use this Follower after free()");
    }
    return this.#follower;
  }
}

function objectAt(values: Float32Array, at: number): FollowedObject {
  const value = (index: number) => values[at + index]!;
  return {
    box: { xmin: value(0), ymin: value(1), xmax: value(2), ymax: value(3) },
    score: value(4),
    classId: value(5),
    confidence: value(6),
    velocity: { x: value(7), y: value(8) },
    unconfirmedMs: value(9),
    behindMs: value(10),
    isAlone: value(11) === 1,
  };
}
