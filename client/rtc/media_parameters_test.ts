import assert from "node:assert/strict";
import { CAMERA_PROFILES } from "@/protocol";
import { applyProfile, preferLowDelay, withProfile } from "./media_parameters.ts";

const parameters = { transactionId: "1", encodings: [{ active: true }] } as never;

Deno.test("withProfile() caps rate and frames and keeps the rest", () => {
  const result = withProfile(parameters, "low");
  assert.deepEqual(result.encodings, [
    { active: true, maxBitrate: CAMERA_PROFILES.low.maxBitrateBps, maxFramerate: 15 },
  ]);
  assert.equal(result.transactionId, "1");
  assert.equal(result.degradationPreference, "maintain-resolution");
});

Deno.test("applyProfile() leaves a sender alone that has no encodings yet", async () => {
  const sender = {
    getParameters: () => ({ encodings: [] }),
    setParameters: () => Promise.reject(new Error("must not be called")),
  };
  await applyProfile(sender as never, "balanced");
});

Deno.test("preferLowDelay() uses what the browser offers", () => {
  const modern = { jitterBufferTarget: null };
  const older = { playoutDelayHint: null };
  const none = {};
  for (const receiver of [modern, older, none]) preferLowDelay(receiver as never);
  assert.deepEqual([modern, older, none], [{ jitterBufferTarget: 0 }, { playoutDelayHint: 0 }, {}]);
});
