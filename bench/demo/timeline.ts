/** From what was seen when to what the video shows when: pure. */

/** A picture in a file, and since when it was on the screen. */
export interface TimedFrame {
  /** Ms since the epoch. */
  readonly atMs: number;
  readonly path: string;
}

/** A part of the recording that comes into the video. */
export interface Cut {
  /** Ms since the epoch. */
  readonly startMs: number;
  /** Frames of the video. */
  readonly ticks: number;
}

/** A picture, for so many frames of the video. */
export interface Run {
  readonly path: string;
  readonly ticks: number;
}

/**
 * What a screen showed during the cuts, one after the other. A picture stays until the next one came, so
 * it is repeated by time, whatever rate the pictures came at. Before the first, that one is seen.
 * @param frames In order of time.
 * @throws {RangeError} If there are none.
 */
export function runsOf(frames: readonly TimedFrame[], cuts: readonly Cut[], fps: number): Run[] {
  if (frames.length === 0) throw new RangeError("Cannot show what was recorded: no pictures");
  const runs: { path: string; ticks: number }[] = [];
  for (const { startMs, ticks } of cuts) {
    let next = 0;
    for (let tick = 0; tick < ticks; tick++) {
      const nowMs = startMs + tick * 1000 / fps;
      while (next < frames.length && frames[next]!.atMs <= nowMs) next++;
      const { path } = frames[Math.max(0, next - 1)]!;
      const last = runs.at(-1);
      if (last?.path === path) last.ticks += 1;
      else runs.push({ path, ticks: 1 });
    }
  }
  return runs;
}

/** The runs as a list for ffmpeg's `concat`. */
export function toConcatList(runs: readonly Run[], fps: number): string {
  const lines = runs.map(({ path, ticks }) =>
    `file '${path.replaceAll("'", `'\\''`)}'\nduration ${(ticks / fps).toFixed(6)}`
  );
  // The length of the last entry counts only when another one follows.
  const last = runs.at(-1);
  if (last !== undefined) lines.push(`file '${last.path.replaceAll("'", `'\\''`)}'`);
  return `ffconcat version 1.0\n${lines.join("\n")}\n`;
}

/** When a kind of scene is on the screen, seconds. */
export interface Span {
  readonly fromS: number;
  readonly untilS: number;
}

/** The spans of what is wanted, joined where they touch. */
export function spansOf<T extends { readonly ticks: number }>(
  parts: readonly T[],
  { fps, wanted }: { fps: number; wanted: (part: T) => boolean },
): Span[] {
  const spans: { fromS: number; untilS: number }[] = [];
  let tick = 0;
  for (const part of parts) {
    const [fromS, untilS] = [tick / fps, (tick + part.ticks) / fps];
    tick += part.ticks;
    if (!wanted(part)) continue;
    const last = spans.at(-1);
    if (last?.untilS === fromS) last.untilS = untilS;
    else spans.push({ fromS, untilS });
  }
  return spans;
}
