import assert from "node:assert/strict";
import { StallMeter } from "./stall_meter.ts";

Deno.test("StallMeter.take() gives the longest stall since the last call", async () => {
  using meter = new StallMeter();
  const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
  await wait(5);
  for (const endMs = performance.now() + 120; performance.now() < endMs;);
  await wait(30);
  const stallMs = meter.take();
  assert.ok(stallMs >= 90, `${stallMs}`);
  assert.ok(meter.take() < stallMs);
});
