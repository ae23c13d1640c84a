// @all: a proof of timing
// @alone: judges times by the screen
/**
 * End-to-end latency as the viewer measures it, against drawing times that are seen on its screen.
 *
 * Takes about 60 s on two busy cores.
 */
import assert from "node:assert/strict";
import { parseMetrics } from "@/protocol";
import { BROWSER } from "../browser.ts";
import {
  compareLatency,
  DISPLAY_INTERVAL_MS,
  type LatencyComparison,
  waitForCaptureClock,
  withoutCaptureTime,
} from "../overlay/latency.ts";
import { openOverlayScene } from "../overlay/overlay_scene.ts";
import { WRONG_CLOCK } from "../page_clock.ts";

const WATCH_MS = 6_000;

/** Without loss a result whose frame is not found is an exception: `deno task bench overlay` counts. */
const MAX_UNPAIRED_SHARE = 0.02;

function assertAgree(found: LatencyComparison): void {
  const { metrics, appMedianMs, screenMedianMs, paired, unpaired, phoneAheadMs } = found;
  const words = JSON.stringify({ ...found, metrics: { ...metrics, samples: [] } });
  parseMetrics(metrics);
  assert.ok(Math.abs(phoneAheadMs - WRONG_CLOCK.offsetMs) < 50, `is libfaketime here? ${words}`);
  assert.ok(paired >= 15 && paired >= 4 * unpaired, words);
  const bearableMs = metrics.clock_error_ms! + DISPLAY_INTERVAL_MS;
  assert.ok(Math.abs(appMedianMs! - screenMedianMs!) <= bearableMs, words);
  const { pairing } = metrics;
  assert.ok(pairing.unpaired <= MAX_UNPAIRED_SHARE * pairing.paired, words);
}

const CLOCKS = [
  {
    name: "latency by the browser's capture time is right though the phone's whole clock is wrong",
    wrong: { wrongClock: "browser" },
    clock: "captureTime",
    ignore: Deno.build.os !== "linux",
  },
  {
    name: "latency by the phone's own notes is right though its pages' clock is wrong",
    wrong: { wrongClock: "page", viewerScript: withoutCaptureTime() },
    clock: "phone",
    ignore: false,
  },
] as const;

for (const { name, wrong, clock, ignore } of CLOCKS) {
  Deno.test(name, { ...BROWSER, ...(ignore && { ignore }) }, async () => {
    await using scene = await openOverlayScene({
      mode: "server",
      fps: 15,
      camera: "canvas",
      ...wrong,
    });
    await scene.show({ display: "synced", withControls: true });
    await waitForCaptureClock(scene, clock);
    const found = await compareLatency(scene, WATCH_MS);
    assert.equal(found.metrics.capture_clock, clock);
    assertAgree(found);
  });
}
