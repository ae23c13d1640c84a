/** What an encoder has done since it began. */
export interface EncodeTotals {
  readonly frames: number;
  readonly encodeS: number;
}

/** The totals of all encodings of a sender; `null` where the browser counts none. */
export function encodeTotals(report: RTCStatsReport): EncodeTotals | null {
  let frames = 0;
  let encodeS = 0;
  for (const stats of report.values()) {
    if (stats.type !== "outbound-rtp" || stats.framesEncoded === undefined) continue;
    frames += stats.framesEncoded;
    encodeS += stats.totalEncodeTime ?? NaN;
  }
  return frames === 0 || Number.isNaN(encodeS) ? null : { frames, encodeS };
}

/** What a frame took between two totals, ms; `null`: there was none, or the count began anew. */
export function meanEncodeMs(before: EncodeTotals, after: EncodeTotals): number | null {
  const frames = after.frames - before.frames;
  const encodeS = after.encodeS - before.encodeS;
  return frames > 0 && encodeS >= 0 ? encodeS / frames * 1000 : null;
}
