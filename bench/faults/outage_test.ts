import assert from "node:assert/strict";
import { outageOf, spanWords } from "./outage.ts";
import type { Seen } from "./probe.ts";

const nothing: Seen = { framesMs: [], detectionsMs: [], transportGoneMs: [], transportHereMs: [0] };
const every = (fromMs: number, toMs: number, stepMs = 100) =>
  Array.from({ length: (toMs - fromMs) / stepMs }, (_, i) => fromMs + i * stepMs);

Deno.test("outageOf() does not take what was on its way for a return", () => {
  const cause = { beganMs: 1_000, endedMs: 1_000 };
  const awaited = { what: "detectionsMs", sign: "transport", cause } as const;
  const onTheirWay = [...every(0, 1_000), 1_006, 1_090];
  const gone = { ...nothing, detectionsMs: onTheirWay, transportGoneMs: [1_100] };
  assert.equal(outageOf({ ...nothing, detectionsMs: onTheirWay }, awaited), null);
  assert.equal(outageOf(gone, awaited), null);
  const back = {
    ...gone,
    detectionsMs: [...onTheirWay, 1_700],
    transportHereMs: [0, 1_650],
  };
  assert.deepEqual(outageOf(back, awaited), { backAfterMs: 700, stoodStillMs: 610 });
});

Deno.test("outageOf() wants a picture to have stood still before it comes back", () => {
  const cause = { beganMs: 1_000, endedMs: 4_000 };
  const awaited = { what: "framesMs", sign: "stillness", cause } as const;
  assert.equal(outageOf({ ...nothing, framesMs: every(0, 9_000) }, awaited), null);
  const framesMs = [...every(0, 1_200), ...every(4_300, 6_000)];
  assert.deepEqual(outageOf({ ...nothing, framesMs }, awaited), {
    backAfterMs: 300,
    stoodStillMs: 3_200,
  });
});

Deno.test("outageOf() takes the first that another page shows", () => {
  const cause = { beganMs: 1_050, endedMs: 2_000 };
  const awaited = { what: "detectionsMs", sign: "page", cause } as const;
  const detectionsMs = [...every(0, 1_100), 2_600];
  assert.deepEqual(outageOf({ ...nothing, detectionsMs }, awaited), {
    backAfterMs: 600,
    stoodStillMs: 1_600,
  });
});

Deno.test("spanWords() says one time once", () => {
  assert.equal(spanWords([620, 2_090, 1_000]), "0.6–2.1 s");
  assert.equal(spanWords([1_000, 1_020]), "1.0 s");
});
