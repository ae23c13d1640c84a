import assert from "node:assert/strict";
import fc from "fast-check";
import { liveIntervalMs } from "../inference/size_choice.ts";
import { type Candidate, pickModel, WISHES } from "./model_pick.ts";

const INTERVAL_MS = 33;

function candidate(id: string, runMs: number | null, over: Partial<Candidate> = {}): Candidate {
  return { id, licence: "Apache-2.0", publishedAp: null, runMs, ...over };
}

const SMALL = candidate("small", 8, { publishedAp: 0.235 });
const MIDDLE = candidate("middle", 20, { publishedAp: 0.304 });
const LARGE = candidate("large", 60, { publishedAp: 0.341 });
const HUGE = candidate("huge", 400, { publishedAp: 0.45 });
const ALL = [LARGE, HUGE, SMALL, MIDDLE];

Deno.test("pickModel() takes the fastest, the best that keeps up, and the best above five a second", () => {
  const picked = WISHES.map((wish) => pickModel(wish, ALL, INTERVAL_MS));
  assert.deepEqual(picked, [
    { wish: "fast", id: "small", among: 4, fitting: 4 },
    { wish: "balanced", id: "middle", among: 4, fitting: 2 },
    { wish: "accurate", id: "large", among: 4, fitting: 3 },
  ]);
});

Deno.test("pickModel() takes the fastest where none is fast enough, and says so", () => {
  assert.deepEqual(pickModel("balanced", [LARGE, HUGE], INTERVAL_MS), {
    wish: "balanced",
    id: "large",
    among: 2,
    fitting: 0,
  });
  assert.deepEqual(pickModel("accurate", [HUGE], INTERVAL_MS)?.fitting, 0);
});

Deno.test("pickModel() leaves out what asks something, is of unknown licence, or has no time", () => {
  const others = [
    candidate("agpl", 5, { publishedAp: 0.9, licence: "AGPL-3.0" }),
    candidate("unknown", 5, { publishedAp: 0.9, licence: "unknown" }),
    candidate("own-terms", 5, { publishedAp: 0.9, licence: "LicenseRef-research-only" }),
    candidate("untried", null, { publishedAp: 0.9 }),
  ];
  for (const wish of WISHES) {
    assert.equal(pickModel(wish, others, INTERVAL_MS), null);
    assert.deepEqual(
      pickModel(wish, [...others, MIDDLE], INTERVAL_MS),
      pickModel(wish, [MIDDLE], INTERVAL_MS),
    );
  }
});

Deno.test("pickModel() puts published accuracy before none, and of equals takes the faster", () => {
  const own = candidate("own", 5);
  assert.equal(pickModel("balanced", [own, SMALL], INTERVAL_MS)?.id, "small");
  assert.equal(pickModel("fast", [own, SMALL], INTERVAL_MS)?.id, "own");
  const twin = candidate("twin", 12, { publishedAp: 0.304 });
  assert.equal(pickModel("balanced", [MIDDLE, twin], INTERVAL_MS)?.id, "twin");
});

Deno.test("pickModel() never takes what is too slow while something is not, nor less accurate of those", () => {
  const any = fc.record({
    id: fc.uuid(),
    licence: fc.constantFrom("MIT", "AGPL-3.0", "unknown"),
    publishedAp: fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
    runMs: fc.option(fc.double({ min: 0.1, max: 2_000, noNaN: true })),
  });
  fc.assert(fc.property(fc.array(any, { maxLength: 12 }), (candidates) => {
    const usable = candidates.filter(({ licence, runMs }) => licence === "MIT" && runMs !== null);
    const fits = ({ runMs }: Candidate) => liveIntervalMs(runMs!) <= INTERVAL_MS;
    const pick = pickModel("balanced", candidates, INTERVAL_MS);
    if (pick === null) return assert.equal(usable.length, 0);
    const taken = usable.find(({ id }) => id === pick.id)!;
    const fitting = usable.filter(fits);
    assert.deepEqual([pick.among, pick.fitting], [usable.length, fitting.length]);
    if (fitting.length === 0) {
      return assert.equal(taken.runMs, Math.min(...usable.map(({ runMs }) => runMs!)));
    }
    assert.ok(fits(taken));
    const best = Math.max(...fitting.map(({ publishedAp }) => publishedAp ?? -1));
    assert.equal(taken.publishedAp ?? -1, best);
  }));
});
