import assert from "node:assert/strict";
import { takeGivenRows } from "./given_rows.ts";
import { MAX_ROWS } from "./history.ts";
import { HistoryRecorder } from "./history_recorder.ts";

function take(given: unknown) {
  globalThis.peerlensHistoryRows = given;
  return takeGivenRows();
}

Deno.test("takeGivenRows() takes nothing from a page that has none, and rows only once", () => {
  assert.deepEqual(takeGivenRows(), []);
  const rows = [{ cameraFps: 30, "stage.run": null }];
  assert.deepEqual(take(rows), rows);
  assert.deepEqual(takeGivenRows(), []);
});

Deno.test("takeGivenRows() refuses what is no history", () => {
  const many = Array.from({ length: 2 * MAX_ROWS + 1 }, () => ({}));
  for (
    const given of [null, {}, [{ other: 1 }], [{ cameraFps: "30" }], [{ cameraFps: 1 / 0 }], many]
  ) {
    assert.throws(() => take(given), TypeError);
  }
});

Deno.test("HistoryRecorder: goes on after given rows, and a reset forgets them", () => {
  const recorder = new HistoryRecorder([{ cameraFps: 1 }, { cameraFps: 2 }]);
  const { history } = recorder.view;
  assert.deepEqual(history.values("cameraFps"), [1, 2]);
  recorder.tick(50_000, { loadLevel: "full" });
  recorder.tick(51_000, { loadLevel: "full" });
  assert.deepEqual(history.times(), [1000, 2000, 3000]);
  recorder.reset();
  recorder.tick(60_000, { loadLevel: "full" });
  recorder.tick(61_000, { loadLevel: "full" });
  assert.deepEqual(history.times(), [1000]);
});
