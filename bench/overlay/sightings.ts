import { TIME_ROW } from "../canvas_camera.ts";
import { type DrawnBox, findDrawnBoxes } from "../drawn_boxes.ts";
import { CODE_NUMBERS, readFrameCode } from "../../server/protocol/frame_code.ts";
import { type AreaPx, greyAt, type Screenshot } from "../pixels.ts";
import { type CastFrame, readCastFrame } from "../screencast.ts";

/** What one picture of the screen shows. */
export interface Sighting {
  /** When it was swapped in, ms since the epoch on this machine's clock. */
  readonly swapMs: number;
  /** Number burned into the frame on screen; `undefined` when it cannot be read. */
  readonly frame: number | undefined;
  /** When a canvas camera drew it, ms on the phone's clock modulo {@linkcode CODE_NUMBERS}. */
  readonly drawnCode: number | undefined;
  readonly boxes: readonly DrawnBox[];
}

/** Reads one picture of the screen; `area`: where in it the video's picture is. */
export function sightingOf(
  shot: Screenshot,
  { area, swapMs }: { readonly area: AreaPx; readonly swapMs: number },
): Sighting {
  const brightness = (x: number, y: number) =>
    greyAt(shot, area.xPx + x * area.widthPx, area.yPx + y * area.widthPx);
  return {
    swapMs,
    frame: readFrameCode(brightness),
    drawnCode: readFrameCode(brightness, TIME_ROW),
    boxes: findDrawnBoxes(shot, area),
  };
}

/** Reads all pictures of a screencast, in order. */
export async function readSightings(
  frames: readonly CastFrame[],
  area: AreaPx,
): Promise<Sighting[]> {
  const sightings: Sighting[] = [];
  for (const frame of frames) {
    sightings.push(sightingOf(await readCastFrame(frame), { area, swapMs: frame.swapMs }));
  }
  return sightings;
}

/** How long a frame took to the screen. */
export interface ScreenLatency {
  /** When it was shown first with boxes of its own, ms since the epoch on this machine's clock. */
  readonly swapMs: number;
  /** From drawing until then. */
  readonly latencyMs: number;
}

/**
 * How long each frame took from its drawing to the screen. Of a frame without boxes of its own
 * nothing is said.
 *
 * @param toPageMs This machine's clock → the phone page's.
 */
export function screenLatencies(
  sightings: readonly Sighting[],
  toPageMs: (ourMs: number) => number,
): ScreenLatency[] {
  const latencies: ScreenLatency[] = [];
  // The first picture may show a frame that has been there for a while.
  let counted = sightings[0]?.drawnCode;
  for (const { swapMs, drawnCode, boxes } of sightings) {
    if (drawnCode === undefined || drawnCode === counted) continue;
    if (!boxes.some(({ isDashed }) => !isDashed)) continue;
    counted = drawnCode;
    // Codes are whole ms, rounded down.
    const sinceMs = (toPageMs(swapMs) - drawnCode - 0.5) % CODE_NUMBERS;
    const latencyMs = sinceMs < -CODE_NUMBERS / 2 ? sinceMs + CODE_NUMBERS : sinceMs;
    latencies.push({ swapMs, latencyMs });
  }
  return latencies;
}
