import { CAPTURE_TIME_ERROR_MS, type CaptureTime, MAX_EXTRAPOLATION_MS } from "./capture_time.ts";
import type { ClockEstimate } from "./clock_sync.ts";
import type { FrameKey } from "./frame_key.ts";

/** What the browser says of a frame that it shows. Times are ms since the epoch on this page's clock. */
export interface ShownTimes {
  /** `null` where the browser gives none. */
  readonly rtpTimestamp: number | null;
  readonly mediaTimeMs: number;
  readonly captureTimeMs: number | null;
  readonly receiveTimeMs: number | null;
  readonly shownAtMs: number;
}

/** RTP timestamp of a frame, and when it left the phone's encoder: ms on the phone's clock. */
export type CapturePair = readonly [rtpTimestamp: number, timeMs: number];

/** The clock of RTP video. */
const TICKS_PER_MS = 90;

/** Frames are told apart by this: browsers round their timestamps, and no camera is as fast. */
const SAME_FRAME_MS = 1;

/** RTP and the clock cannot disagree by this unless the timestamps begin anew. */
const MAX_JUMP_MS = 2_000;

/** The median of so many shows none of a few that are wrong. */
const MEDIAN = { of: 15, part: 0.5 } as const;

/**
 * Frames wait for the encoder and for the Worker, more or less: the earliest of two seconds say when
 * they did not. Not the very first, which one wrong pair would be.
 */
const EARLY = { of: 64, part: 0.1 } as const;

/** Two seconds of frames: those of which a result may still come. */
const MAX_SHOWN = 64;
const MAX_PAIRS = EARLY.of;

/** Browsers that give a capture time do so after 2 to 3 s of video, when both sides have reported. */
export const PATIENCE_MS = 4_000;

/** Between two frames that are farther apart, the video rested. */
const MAX_GAP_MS = 500;

/**
 * Knows when the camera took the frames of one track, by what the browser says of shown frames and
 * by what the phone says of sent ones. A frame of which neither is known yet is timed by its RTP
 * timestamp, which counts the camera's own time. Pure.
 */
export class CaptureTimeline {
  #shown: ShownTimes[] = [];
  #pairs: CapturePair[] = [];
  #encodeMs: number | null = null;
  #bareMs = 0;

  /** Whether frames have been shown for so long without a capture time that none will come. */
  get needsPairs(): boolean {
    return this.#bareMs >= PATIENCE_MS;
  }

  /** Takes a frame that is shown, in the order of showing. */
  addShown(frame: ShownTimes): void {
    const last = this.#shown.at(-1);
    if (last !== undefined) {
      const passedMs = frame.shownAtMs - last.shownAtMs;
      const apartMs = apart(keyOf(frame), last);
      if (apartMs === null || Math.abs(apartMs - passedMs) > MAX_JUMP_MS) this.clear();
      else this.#bareMs += Math.min(passedMs, MAX_GAP_MS);
    }
    if (frame.captureTimeMs !== null) this.#bareMs = 0;
    this.#shown = [...this.#shown, frame].slice(-MAX_SHOWN);
  }

  /** Takes what the phone noted. `encodeMs`: what its encoder takes; `null`: not known. */
  addPairs(pairs: readonly CapturePair[], encodeMs: number | null): void {
    for (const pair of pairs) {
      const last = this.#pairs.at(-1);
      if (last !== undefined) {
        const apartMs = ticks(pair[0], last[0]) / TICKS_PER_MS;
        if (Math.abs(apartMs - (pair[1] - last[1])) > MAX_JUMP_MS) this.#pairs = [];
      }
      this.#pairs.push(pair);
    }
    this.#pairs = this.#pairs.slice(-MAX_PAIRS);
    this.#encodeMs = encodeMs;
  }

  /**
   * When the camera took a frame, by the best rung of the ladder that reaches it.
   * @param phoneClock Of now, to read the phone's times by.
   */
  of(
    key: FrameKey | null,
    { receivedAtMs, phoneClock }: {
      readonly receivedAtMs: number;
      readonly phoneClock: ClockEstimate | null;
    },
  ): CaptureTime {
    return this.#byBrowser(key, phoneClock) ?? this.#byPhone(key, phoneClock) ??
      { timeMs: this.#receivedMs(key) ?? receivedAtMs, clock: "receiveTime", errorMs: null };
  }

  /** When a frame came to this page, or will, by those that were shown; `null`: none is near enough. */
  receivedAtMs(key: FrameKey): number | null {
    const guesses = this.#shown.flatMap(({ receiveTimeMs, shownAtMs, ...frame }) => {
      const apartMs = apart(key, { ...frame, receiveTimeMs, shownAtMs });
      return apartMs === null ? [] : [{ timeMs: (receiveTimeMs ?? shownAtMs) + apartMs, apartMs }];
    });
    return pick(guesses, MEDIAN);
  }

  /** Another source: nothing of this one holds for it, but what the browsers cannot do. */
  clear(): void {
    this.#shown = [];
    this.#pairs = [];
    this.#encodeMs = null;
    if (!this.needsPairs) this.#bareMs = 0;
  }

  #byBrowser(key: FrameKey | null, phoneClock: ClockEstimate | null): CaptureTime | null {
    if (key === null) return null;
    const guesses = this.#shown.flatMap((frame) => {
      const apartMs = apart(key, frame);
      return frame.captureTimeMs === null || apartMs === null
        ? []
        : [{ timeMs: frame.captureTimeMs + apartMs, apartMs }];
    });
    const timeMs = pick(guesses, MEDIAN);
    if (timeMs === null) return null;
    // The browser's own estimate of the clocks rests on round trips of the same path.
    const errorMs = phoneClock && phoneClock.roundTripMs / 2 + CAPTURE_TIME_ERROR_MS;
    return { timeMs, clock: "captureTime", errorMs };
  }

  #byPhone(key: FrameKey | null, phoneClock: ClockEstimate | null): CaptureTime | null {
    const encodeMs = this.#encodeMs;
    if (key?.clock !== "rtp" || phoneClock === null || encodeMs === null) return null;
    const guesses = this.#pairs.map(([rtpTimestamp, pairMs]) => {
      const apartMs = ticks(key.value, rtpTimestamp) / TICKS_PER_MS;
      return { timeMs: pairMs + apartMs, apartMs };
    });
    const encodedMs = pick(guesses, EARLY);
    if (encodedMs === null) return null;
    return {
      timeMs: encodedMs - encodeMs - phoneClock.offsetMs,
      clock: "phone",
      // What even the quickest frames waited for the encoder is in neither.
      errorMs: phoneClock.errorMs + encodeMs,
    };
  }

  #receivedMs(key: FrameKey | null): number | null {
    if (key === null) return null;
    const frame = this.#shown.findLast((shown) =>
      Math.abs(apart(key, shown) ?? Infinity) <= SAME_FRAME_MS
    );
    return frame?.receiveTimeMs ?? null;
  }
}

/** Of the newest that are near enough, the one below which `part` of them are; `null`: none is. */
function pick(
  guesses: readonly { timeMs: number; apartMs: number }[],
  { of, part }: { readonly of: number; readonly part: number },
): number | null {
  const near = guesses.filter(({ apartMs }) => Math.abs(apartMs) <= MAX_EXTRAPOLATION_MS)
    .slice(-of).map(({ timeMs }) => timeMs).sort((a, b) => a - b);
  return near[Math.floor(near.length * part)] ?? null;
}

function keyOf({ rtpTimestamp, mediaTimeMs }: ShownTimes): FrameKey {
  return rtpTimestamp === null
    ? { clock: "media", value: mediaTimeMs }
    : { clock: "rtp", value: rtpTimestamp };
}

/** How much later than `frame` the camera took the one with `key`, ms; `null`: no common measure. */
function apart(key: FrameKey, { rtpTimestamp, mediaTimeMs }: ShownTimes): number | null {
  if (key.clock === "media") return key.value - mediaTimeMs;
  return rtpTimestamp === null ? null : ticks(key.value, rtpTimestamp) / TICKS_PER_MS;
}

/** `a - b` on a circle of 2³² ticks, from -2³¹. */
function ticks(a: number, b: number): number {
  return (a - b) | 0;
}
