// What of a room's frames there was while somebody attacked. Pure.

/** A stretch of a soak. */
export interface Phase {
  /** What the guest tried; `null`: nothing. */
  readonly act: string | null;
  /** Frames processed a second, by mode. */
  readonly fps: Readonly<Record<string, number>>;
}

/** What a mode kept of its frame rate. */
export interface Kept {
  /** `null`: there was nothing to compare. */
  readonly keptPercent: number | null;
  readonly calmFps: number | null;
  readonly attackFps: number | null;
}

/** Compares the attacks with the calm before and behind them. */
export function keptOf(phases: readonly Phase[], mode: string): Kept {
  const mean = (of: readonly Phase[]) =>
    of.length === 0 ? null : of.reduce((sum, { fps }) => sum + fps[mode]!, 0) / of.length;
  const calmFps = mean(phases.filter(({ act }) => act === null));
  const attackFps = mean(phases.filter(({ act }) => act !== null));
  const keptPercent = !calmFps || attackFps === null ? null : attackFps / calmFps * 100;
  return { keptPercent, calmFps, attackFps };
}
