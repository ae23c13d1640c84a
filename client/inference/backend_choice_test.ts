import assert from "node:assert/strict";
import {
  type BrowserFacts,
  isIos,
  mayTryWebGpu,
  threadCandidates,
  threadsAfterCrash,
  webGpuWins,
} from "./backend_choice.ts";

const LAPTOP: BrowserFacts = {
  userAgent: "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150 Safari/537.36",
  maxTouchPoints: 0,
  hardwareConcurrency: 4,
  crossOriginIsolated: true,
  hasWebGpu: true,
};
const MAC = { ...LAPTOP, userAgent: "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Safari/605" };
const IPAD = { ...MAC, maxTouchPoints: 5 };
const IPHONE = { ...LAPTOP, userAgent: "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604" };

Deno.test("isIos() knows an iPad that calls itself a Macintosh", () => {
  assert.deepEqual([LAPTOP, MAC, IPAD, IPHONE].map(isIos), [false, false, true, true]);
});

Deno.test("threadCandidates() leaves a core at first, and is one where threads cannot or must not run", () => {
  const candidates = (facts: Partial<BrowserFacts>) => threadCandidates({ ...LAPTOP, ...facts });
  assert.deepEqual([1, 2, 4, 8].map((hardwareConcurrency) => candidates({ hardwareConcurrency })), [
    [1],
    [2, 1],
    [3, 4, 2],
    [7, 8, 4],
  ]);
  assert.deepEqual(candidates({ hardwareConcurrency: 128 }), [8]);
  assert.deepEqual(candidates({ hardwareConcurrency: 0 }), [1]);
  assert.deepEqual(candidates({ crossOriginIsolated: false }), [1]);
  assert.deepEqual(threadCandidates(IPAD), [1]);
});

Deno.test("mayTryWebGpu() leaves iOS out", () => {
  assert.equal(mayTryWebGpu(LAPTOP), true);
  assert.equal(mayTryWebGpu({ ...LAPTOP, hasWebGpu: false }), false);
  assert.equal(mayTryWebGpu(IPHONE), false);
});

Deno.test("webGpuWins() wants more than noise", () => {
  assert.equal(webGpuWins(10, 20), true);
  assert.equal(webGpuWins(19, 20), false);
  assert.equal(webGpuWins(30, 20), false);
});

Deno.test("threadsAfterCrash() halves, and gives up below one", () => {
  assert.deepEqual([8, 3, 2, 1].map(threadsAfterCrash), [4, 1, 1, null]);
});
