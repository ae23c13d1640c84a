import assert from "node:assert/strict";
import fc from "fast-check";
import { FRAME_DROP_CAUSES } from "@/protocol";
import { Counters, TIMED_STAGES } from "./counters.ts";
import { StatsTotal } from "../child/stats_total.ts";
import { addTotals } from "./stats_total.ts";

const NOW = {
  streams: 0,
  ways: { datachannel: 0, link: 0, none: 0 },
  rssBytes: 1,
  cpuMs: 5,
  lagMs: { counts: [1, 0], sum: 0.5 },
  maxStallMs: 0,
};

/** One life of a process: what it counts between its heartbeats, and whether it then dies. */
const lives = fc.array(fc.array(
  fc.record({
    received: fc.nat(100),
    cause: fc.constantFrom(...FRAME_DROP_CAUSES),
    stage: fc.constantFrom(...TIMED_STAGES),
    durationMs: fc.integer({ min: 0, max: 3_000 }),
  }),
  { maxLength: 6 },
));

Deno.test("StatsTotal counts all processes together, and never goes back", () => {
  fc.assert(fc.property(lives, (processes) => {
    const total = new StatsTotal(addTotals);
    const sums = { received: 0, dropped: 0, timed: 0 };
    let last: number[] = [];
    for (const beats of processes) {
      const counters = new Counters();
      for (const { received, cause, stage, durationMs } of beats) {
        counters.framesReceived += received;
        counters.drop(cause);
        counters.lasted(stage, durationMs);
        sums.received += received;
        sums.dropped += 1;
        sums.timed += durationMs;
        total.heard(counters.toStats(NOW));
        const { framesReceived, framesDropped, stagesMs } = total.read()!;
        const dropped = Object.values(framesDropped).reduce((sum, count) => sum + count, 0);
        const timed = Object.values(stagesMs).reduce((sum, { sum: ms }) => sum + ms, 0);
        assert.deepEqual({ received: framesReceived, dropped, timed }, sums);
        const counts = Object.values(stagesMs).flatMap((each) => each.counts);
        assert.ok(counts.every((count, at) => count >= (last[at] ?? 0)));
        last = counts;
      }
      const before = total.read();
      total.ended();
      assert.deepEqual(total.read(), before, "An end loses nothing that was told");
    }
  }));
});

Deno.test("StatsTotal knows nothing before a process has said anything", () => {
  const total = new StatsTotal(addTotals);
  total.ended();
  assert.equal(total.read(), null);
});
