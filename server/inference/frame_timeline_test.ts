import assert from "node:assert/strict";
import type { CaptureClock } from "@/protocol";
import { FrameTimeline } from "./frame_timeline.ts";

/** The line's steps for frames that arrive so much apart, captured at these times. */
function steps(
  frames: readonly {
    readonly atMs: number;
    readonly capturedMs: number | null;
    readonly clock?: CaptureClock;
  }[],
): number[] {
  const line = new FrameTimeline();
  const times = frames.map(({ atMs, capturedMs, clock }) =>
    line.add({
      receiveTimeMs: atMs,
      captureTimeMs: capturedMs,
      captureClock: capturedMs === null ? null : clock ?? "phone",
    })
  );
  return times.slice(1).map((timeMs, at) => timeMs - times[at]!);
}

Deno.test("FrameTimeline.add() goes by the capture times, however unevenly frames arrive", () => {
  const frames = [0, 33, 66, 99].map((capturedMs, at) => ({
    atMs: 1_000 + capturedMs + [20, 90, 60, 31][at]!,
    capturedMs,
  }));
  assert.deepEqual(steps(frames), [33, 33, 33]);
});

Deno.test("FrameTimeline.add() goes by the arrival where frames have no capture time", () => {
  assert.deepEqual(steps([5, 40, 70].map((atMs) => ({ atMs, capturedMs: null }))), [35, 30]);
});

Deno.test("FrameTimeline.add() makes no jump where what is known of the capture changes", () => {
  assert.deepEqual(
    steps([
      { atMs: 0, capturedMs: null },
      { atMs: 33, capturedMs: -100 },
      { atMs: 66, capturedMs: -67 },
      { atMs: 99, capturedMs: 95, clock: "receiveTime" },
      { atMs: 132, capturedMs: null },
    ]),
    [33, 33, 33, 33],
  );
});

Deno.test("FrameTimeline.add() takes no part in it when a clock is set", () => {
  const set = [0, 33, 66 + 3_600_000, 99 + 3_600_000, 132 - 9_000];
  const frames = set.map((capturedMs, at) => ({ atMs: at * 33, capturedMs }));
  assert.deepEqual(steps(frames), [33, 33, 33, 33]);
});
