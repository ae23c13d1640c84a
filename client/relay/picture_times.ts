import type { FrameKey } from "../time/frame_key.ts";
import type { CaptureTime } from "../time/capture_time.ts";
import type { ClockEstimate } from "../time/clock_sync.ts";

/** Four seconds of frames: those of which a result may still come. */
const MAX_FRAMES = 64;

/**
 * The key of a frame that came through the server: the time at which the phone's page got it from its
 * camera, ms on the phone's clock, which no other frame of the same page has.
 */
export function keyOfRelayed(captureTimeMs: number): FrameKey {
  return { clock: "media", value: captureTimeMs };
}

/** Knows when such frames were captured, and when they came. Times are ms since the epoch. */
export class PictureTimes {
  #received: readonly (readonly [captureTimeMs: number, receivedAtMs: number])[] = [];

  /** Takes a frame; `false`: it is not later than one before, and there is no telling them apart. */
  add(captureTimeMs: number, receivedAtMs: number): boolean {
    const last = this.#received.at(-1);
    if (last !== undefined && captureTimeMs <= last[0]) return false;
    this.#received = [...this.#received, [captureTimeMs, receivedAtMs] as const].slice(-MAX_FRAMES);
    return true;
  }

  /**
   * When the camera took a frame, on this page's clock. What it took from the camera to the phone's
   * page is in neither time nor error.
   */
  of(
    key: FrameKey | null,
    { receivedAtMs, phoneClock }: {
      readonly receivedAtMs: number;
      readonly phoneClock: ClockEstimate | null;
    },
  ): CaptureTime {
    const frame = this.#received.find(([captureTimeMs]) => captureTimeMs === key?.value);
    if (frame === undefined || phoneClock === null) {
      return { timeMs: frame?.[1] ?? receivedAtMs, clock: "receiveTime", errorMs: null };
    }
    const { offsetMs, errorMs } = phoneClock;
    return { timeMs: frame[0] - offsetMs, clock: "phone", errorMs };
  }
}
