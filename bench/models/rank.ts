/** What a rank is made of. */
export interface RankFacts {
  readonly licence: string;
  /** AP50-95; `null`: not measured. */
  readonly ap: number | null;
  /** Time of a run in the browser as a share of the reference's; `null`: not measured. */
  readonly wasmShare: number | null;
}

/** Slower ones than that are not started with unasked: a browser has to keep up with a camera. */
const MAX_WASM_SHARE = 1.5;

/**
 * The rank that a model has by these figures: of those present, the highest is started with. See
 * `models/README.md`.
 */
export function rankOf({ licence, ap, wasmShare }: RankFacts): number {
  if (ap === null || wasmShare === null || wasmShare > MAX_WASM_SHARE) return 0;
  // Nobody should come to use such weights unasked.
  return /^A?GPL/.test(licence) ? 0 : Math.round(ap * 100);
}
