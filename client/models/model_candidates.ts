import { workShares } from "@/protocol";
import type { Side } from "../inference/detector.ts";
import type { Candidate } from "./model_pick.ts";
import { type KnownTimes, runTimeOf } from "./model_rates.ts";

/**
 * What a wish chooses from. In this browser only what was measured counts: everything else was just tried,
 * and failed. Of the server's models few have run there, so estimates stand in.
 * @param failures Why models could not be tried, by id.
 */
export function candidatesOf(
  known: KnownTimes,
  { side, failures }: { readonly side: Side; readonly failures: ReadonlyMap<string, string> },
): Candidate[] {
  return known.models.map((model): Candidate => {
    const { id, licence, publishedAp = null, input } = model;
    const run = runTimeOf(model, known);
    const isKnown = run !== null &&
      (side === "server" || (run.from === null && !failures.has(id)));
    return {
      id,
      licence,
      publishedAp,
      runMs: isKnown ? run.runMs * workShares(input).at(-1)! : null,
    };
  });
}
