// This module is browser compatible.

import { type Detection, Tracker } from "../../crates/vision/mod.ts";

/** Frames of a scene; played there and back, so that nothing jumps. */
const FRAMES = 50;
const STEP_MS = 33;
const SCORE_THRESHOLD = 0.4;
/** Every so many detections one is below the threshold, missing, or a false alarm. */
const WEAK_EVERY = 5;
const MISSED_EVERY = 11;
const FALSE_EVERY = 13;

/**
 * Gives a function that tracks the next frame of `objects` that wander about, all of one class and
 * some of them over each other: detections into the core, update, and out as objects.
 */
export function trackerFrames(objects: number): () => void {
  const tracker = new Tracker();
  const wanderers = Array.from({ length: objects }, () => wanderer());
  const frames = Array.from({ length: FRAMES }, (_, frame) => detections(wanderers, frame));
  let played = 0;
  return () => {
    const at = played % (2 * FRAMES);
    const detections = frames[at < FRAMES ? at : 2 * FRAMES - 1 - at]!;
    tracker.update(detections, { timeMs: played * STEP_MS, scoreThreshold: SCORE_THRESHOLD });
    played++;
  };
}

/** Where one object is: centre and side, in shares of the frame. */
type Wanderer = (
  timeS: number,
) => { readonly x: number; readonly y: number; readonly side: number };

function wanderer(): Wanderer {
  const side = 0.03 + Math.random() * 0.07;
  const [x, y, phase] = [Math.random(), Math.random(), Math.random() * 2 * Math.PI];
  const swing = (timeS: number) => 0.1 * Math.sin(timeS + phase);
  return (timeS) => ({ x: x + swing(timeS), y: y + swing(2 * timeS), side });
}

/** Best first, as NMS gives them. */
function detections(wanderers: readonly Wanderer[], frame: number): Detection[] {
  const found: Detection[] = [];
  for (const [index, place] of wanderers.entries()) {
    const salt = index + 7 * frame;
    if (salt % MISSED_EVERY === 0) continue;
    const isFalse = salt % FALSE_EVERY === 0;
    const { x, y, side } = isFalse ? wanderer()(0) : place(frame * STEP_MS / 1000);
    const noise = () => (Math.random() - 0.5) * side * 0.04;
    const score = salt % WEAK_EVERY === 0 ? 0.15 + Math.random() * 0.2 : 0.5 + Math.random() * 0.4;
    const box = {
      xmin: x - side / 2 + noise(),
      ymin: y - side + noise(),
      xmax: x + side / 2 + noise(),
      ymax: y + side + noise(),
    };
    found.push({ box, score, classId: 0 });
  }
  return found.sort((a, b) => b.score - a.score);
}
