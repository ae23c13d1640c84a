/**
 * Ties a result to the frame it was made from, and to that frame alone. `rtp`: the RTP timestamp, on
 * the sender's 90 kHz clock, modulo 2³². `media`, where there is none: ms of the clock that the
 * frame came with, the presentation time of its frame callback or its own timestamp.
 */
export interface FrameKey {
  readonly clock: "rtp" | "media";
  readonly value: number;
}
