// This module is browser compatible.

import { Follower, type TrackedDetection } from "../../crates/vision/mod.ts";
import type { TrackerSamples } from "./samples.ts";

const WIDTH = 1280;
const HEIGHT = 720;
const STEP_MS = 33;
/** Of blobs, so that there is something to be recognised; px. */
const GRAIN = 24;
/** How far everything moves from a frame to the next, px. */
const SHIFT = 8;
/** Scenes are played there and back, so that nothing jumps. */
const FRAMES = 12;
const BOXES = 20;
const LATE_FRAMES = 10;

type Work = Record<Exclude<keyof TrackerSamples, "tracker10" | "tracker100">, () => void>;

/** Gives functions that each do one piece of following, over and over. */
export function followerWork(): Work {
  const pictures = Array.from({ length: FRAMES }, (_, frame) => picture(frame));
  const one = [box(0.4, 0.4)];
  const many = Array.from(
    { length: BOXES },
    (_, index) => box(0.05 + 0.18 * (index % 5), 0.04 + 0.24 * Math.floor(index / 5)),
  );
  const shown = new Player(pictures);
  shown.show(one);
  const stepped = new Player(pictures);
  stepped.show([]);
  const caughtUp = new Player(pictures);
  for (let frame = 0; frame < LATE_FRAMES; frame++) caughtUp.show([]);
  return {
    followFrame: () => {
      shown.show([]);
      while (shown.follower.step(1e6));
    },
    // From the frame before the newest: only the step itself is in it.
    followStep: () => {
      stepped.find(one, 1);
      while (stepped.follower.step(1e6));
    },
    followCatchUp: () => {
      caughtUp.find(many, LATE_FRAMES);
      while (caughtUp.follower.step(1e6));
    },
  };
}

/** Shows frames to a follower. */
class Player {
  readonly follower = new Follower();
  readonly #pictures: readonly Uint8Array[];
  #frame = 0;
  #found = 0;

  constructor(pictures: readonly Uint8Array[]) {
    this.#pictures = pictures;
    this.show([]);
  }

  /** The next frame, and what is found in it. */
  show(found: readonly TrackedDetection[]): void {
    this.#frame += 1;
    const last = this.#pictures.length - 1;
    const at = this.#frame % (2 * last);
    const bytes = this.#pictures[at <= last ? at : 2 * last - at]!;
    this.follower.frameBuffer(bytes.length).set(bytes);
    const plane = { offset: 0, stride: WIDTH };
    this.follower.addFrame({ widthPx: WIDTH, heightPx: HEIGHT, plane }, this.#frame * STEP_MS);
    if (found.length > 0) this.find(found, 0);
  }

  /** A result of so many frames ago, each a little later than the last. */
  find(found: readonly TrackedDetection[], framesAgo: number): void {
    this.#found += 1e-6;
    this.follower.addResult(found, (this.#frame - framesAgo) * STEP_MS + this.#found);
  }
}

function box(xmin: number, ymin: number): TrackedDetection {
  const found = { xmin, ymin, xmax: xmin + 0.12, ymax: ymin + 0.18 };
  return { box: found, score: 0.9, classId: 0, trackId: null, velocity: null };
}

function picture(frame: number): Uint8Array {
  const values = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const column = Math.floor((x + frame * SHIFT) / GRAIN);
      const row = Math.floor(y / GRAIN);
      values[y * WIDTH + x] = Math.imul(column * 7919 + row * 104_729, 2_654_435_761) >>> 24;
    }
  }
  return values;
}
