import assert from "node:assert/strict";
import type { MetricsSample } from "@/protocol";
import { NONE_SKIPPED } from "../present/present_messages.ts";
import { countsOf, presented } from "../metrics/testing/frames.ts";
import { type SecondContext, SecondMeter } from "./second_meter.ts";

const FULL: SecondContext = { loadLevel: "full" };
const OFF: SecondContext = { loadLevel: null };

/** A frame that was shown `latencyMs` after its capture, 40 ms of them after it was received. */
function sampleOf(latencyMs: number, more: Partial<MetricsSample> = {}): MetricsSample {
  return {
    capture_ts: 1000,
    capture_clock: "captureTime",
    clock_error_ms: 5,
    received_ts: 1000 + latencyMs - 40,
    recv_ts: null,
    display_ts: 1000 + latencyMs,
    latency_ms: latencyMs,
    network_ms: null,
    server_ms: null,
    boxes: "own",
    age_ms: 0,
    detections: 1,
    stages_ms: { run: 30 },
    ...more,
  };
}

Deno.test("SecondMeter: a second in which nothing happened has no figures", () => {
  const row = new SecondMeter().take(1000, OFF);
  assert.deepEqual(Object.values(row).filter((value) => value !== null), []);
});

Deno.test("SecondMeter: figures of the second, rates by its length", () => {
  const meter = new SecondMeter();
  meter.addShown(presented({ received: 100 }));
  meter.take(1000, FULL);
  meter.addShown(presented({ received: 130, skipped: { ...NONE_SKIPPED, late: 2 } }));
  meter.addSamples([sampleOf(90), sampleOf(100), sampleOf(200, { clock_error_ms: 7 })]);
  const row = meter.take(2000, { loadLevel: "reduced" });
  assert.equal(row.latencyMedianMs, 100);
  assert.equal(row.latencyP95Ms, 200);
  assert.equal(row.receiptMedianMs, 40);
  assert.equal(row.clockErrorMs, 7);
  assert.equal(row.processedFps, 1.5);
  assert.equal(row.cameraFps, 15);
  assert.equal(row["skip.late"], 1);
  assert.equal(row["stage.run"], 30);
  assert.equal(row["stage.nms"], null);
  assert.equal(row.loadLevel, 1);
});

Deno.test("SecondMeter: traffic counts for its second, and for one more if the next reading is late", () => {
  const meter = new SecondMeter();
  const rates = () => {
    const { uplinkKbps, downlinkKbps } = meter.take(1000, FULL);
    return [uplinkKbps, downlinkKbps];
  };
  assert.deepEqual(rates(), [null, null]);
  meter.addTraffic({ uplinkKbps: 20, downlinkKbps: 800 });
  assert.deepEqual([rates(), rates(), rates()], [[20, 800], [20, 800], [null, null]]);
});

Deno.test("SecondMeter: times since receipt are no latency from end to end", () => {
  const meter = new SecondMeter();
  const unknown = { capture_clock: "receiveTime", latency_ms: null, clock_error_ms: null } as const;
  meter.addSamples([sampleOf(90, unknown)]);
  const row = meter.take(1000, FULL);
  assert.equal(row.latencyMedianMs, null);
  assert.equal(row.clockErrorMs, null);
  assert.equal(row.receiptMedianMs, 40);
});

Deno.test("SecondMeter: drops are known only with results, and each counts in one second", () => {
  const meter = new SecondMeter();
  meter.addResult({ counts: countsOf(10, 6, { superseded: 4 }) });
  assert.equal(meter.take(1000, FULL)["drop.superseded"], 4);
  assert.equal(meter.take(1000, FULL)["drop.superseded"], undefined);
  meter.addResult({ counts: countsOf(20, 13, { superseded: 7 }) });
  const row = meter.take(1000, FULL);
  assert.equal(row["drop.superseded"], 3);
  assert.equal(row["drop.error"], 0);
});

Deno.test("SecondMeter: frames that the camera sent and no detector read are dropped ones, too", () => {
  const meter = new SecondMeter();
  meter.addResult({ counts: countsOf(10, 10) });
  meter.addShown(presented({ received: 12 }));
  assert.equal(meter.take(1000, FULL)["drop.unread"], 0, "the camera's first count says nothing");
  meter.addResult({ counts: countsOf(20, 20) });
  meter.addShown(presented({ received: 42 }));
  assert.equal(meter.take(1000, FULL)["drop.unread"], 20);
});

Deno.test("SecondMeter: a standing camera has 0 fps, none has no rate, another begins anew", () => {
  const meter = new SecondMeter();
  meter.addShown(presented({ received: 30 }));
  assert.equal(meter.take(1000, FULL).cameraFps, 0, "the first count says nothing");
  assert.equal(meter.take(1000, FULL).cameraFps, 0);
  meter.addShown(presented({ received: 4 }));
  meter.addShown(presented({ received: 9 }));
  assert.equal(meter.take(1000, FULL).cameraFps, 5);
  meter.clearSource();
  assert.equal(meter.take(1000, FULL).cameraFps, undefined);
});

Deno.test("SecondMeter: paused by load, 0 frames a second are processed; off, nothing is said", () => {
  const meter = new SecondMeter();
  assert.equal(meter.take(1000, { loadLevel: "paused" }).processedFps, 0);
  assert.equal(meter.take(1000, OFF).processedFps, null);
});
