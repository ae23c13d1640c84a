import assert from "node:assert/strict";
import * as v from "valibot";
import { frameResultSchema, MAX_RESULT_CHARS } from "@/protocol";
import type { Detection } from "@/vision";
import { toResult } from "./result.ts";

const FRAME = { frameId: 5, captureTimeMs: 7, captureClock: "phone", receiveTimeMs: 9 } as const;

/** As many as a frame may have, with numbers that need all their digits. */
const CROWD = Array.from({ length: 300 }, (_, at): Detection => ({
  box: { xmin: 1 / (at + 3), ymin: 1 / 7, xmax: 1 / 1.3, ymax: 1 / 1.7 },
  score: 1 / (at + 1.1),
  classId: 0,
}));

const parts = (label: string) => ({
  frame: FRAME,
  lane: {
    detections: CROWD,
    picture: null,
    inputPx: { widthPx: 416, heightPx: 320 },
    inferenceTimeMs: 11.25,
    stagesMs: { run: 1 },
  },
  modelId: "m",
  labels: [label],
  queueMs: -0.5,
});

Deno.test("toResult() of a frame full of followed objects is a text that viewers take", () => {
  const velocity = { x: -1 / 3, y: -10 / 3, width: 1 / 3, height: -1 / 7 };
  const result = toResult(
    parts("a class whose name is long, with 64 characters, as few would be"),
    () => ({
      detections: CROWD.map((found, at) => ({ ...found, trackId: 4_000_000 + at, velocity })),
      weak: [],
      trackEpoch: 1_790_000_000_000,
    }),
  );
  assert.ok(v.is(frameResultSchema, JSON.parse(JSON.stringify(result))));
  assert.equal(result.detections.length, 300);
  assert.ok(JSON.stringify(result).length <= MAX_RESULT_CHARS);
});

Deno.test("toResult() of what nobody follows says nothing of objects", () => {
  const result = toResult(parts("cat"), null);
  assert.ok(v.is(frameResultSchema, result));
  const { weak_detections: weak, track_epoch: epoch, detections } = result;
  assert.deepEqual([weak, epoch], [undefined, undefined]);
  assert.deepEqual(Object.keys(detections[0]!), ["label", "score", "xmin", "ymin", "xmax", "ymax"]);
  assert.equal(result.queue_ms, 0);
});
