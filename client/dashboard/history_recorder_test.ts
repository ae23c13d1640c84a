import assert from "node:assert/strict";
import { presented } from "../metrics/testing/frames.ts";
import { HistoryRecorder } from "./history_recorder.ts";
import type { SecondContext } from "./second_meter.ts";

const CONTEXT: SecondContext = { loadLevel: "full" };

Deno.test("HistoryRecorder: a row a second, however often it is asked", () => {
  const recorder = new HistoryRecorder();
  recorder.addShown(presented({ received: 0 }), []);
  for (let tick = 0; tick <= 20; tick++) {
    recorder.addShown(presented({ received: tick * 15 }), []);
    // Timers are a little early or late.
    recorder.tick(5000 + tick * 500 + (tick % 3) * 5, CONTEXT);
  }
  const { history } = recorder.view;
  assert.equal(history.size, 10);
  assert.ok(history.times().every((atMs, row) => Math.abs(atMs - (row + 1) * 1000) < 20));
  assert.ok(history.values("cameraFps").every((fps) => Math.abs(fps! - 30) < 1));
});

Deno.test("HistoryRecorder: traffic is that between two readings of one connection", () => {
  const recorder = new HistoryRecorder();
  const [phone, other] = [{}, {}];
  recorder.tick(0, CONTEXT);
  const reading = (second: number, source: object, sent: number, received: number) => {
    recorder.addTraffic(second * 1000, source, { sent, received });
    recorder.tick(second * 1000, CONTEXT);
    const { history } = recorder.view;
    return [history.newest("uplinkKbps"), history.newest("downlinkKbps")];
  };
  assert.deepEqual(reading(1, phone, 5000, 900_000), [null, null]);
  assert.deepEqual(reading(2, phone, 6000, 1_000_000), [800, 8]);
  assert.deepEqual(reading(3, phone, 6000, 1_050_000), [400, 0]);
  assert.deepEqual(reading(4, other, 9000, 2_000_000), [null, null]);
});

Deno.test("HistoryRecorder: a reset forgets, and time begins anew", () => {
  const recorder = new HistoryRecorder();
  for (let second = 0; second < 5; second++) recorder.tick(second * 1000, CONTEXT);
  assert.equal(recorder.view.history.size, 4);
  recorder.reset();
  assert.equal(recorder.view.history.size, 0);
  assert.equal(recorder.tick(9_400, CONTEXT), true, "shows that there is nothing");
  recorder.tick(10_400, CONTEXT);
  assert.deepEqual(recorder.view.history.times(), [1000]);
});
