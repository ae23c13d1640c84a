import assert from "node:assert/strict";
import { type LabelledDetection, MAX_PHONE_DETECTIONS, parseViewerTiming } from "@/protocol";
import { phoneDetections } from "./phone_detections.ts";

const PERSON: LabelledDetection = {
  label: "person",
  score: 0.923456789,
  xmin: 0.123456789,
  ymin: 0,
  xmax: 0.999999999,
  ymax: 1,
  "track_id": 7,
  velocity: { x: 1, y: 2, width: 0, height: 0 },
};

Deno.test("phoneDetections() keeps what a phone draws, to less than a pixel", () => {
  assert.deepEqual(phoneDetections([PERSON]), [{
    label: "person",
    score: 0.9235,
    xmin: 0.1235,
    ymin: 0,
    xmax: 1,
    ymax: 1,
    "track_id": 7,
  }]);
});

Deno.test("phoneDetections() always fits into a message that the phone accepts", () => {
  for (const label of ["person", "ö".repeat(300), "\u0000".repeat(5000)]) {
    const many = Array.from({ length: 300 }, () => ({ ...PERSON, label }));
    const detections = phoneDetections(many);
    const text = JSON.stringify({ type: "detections", detections });
    assert.deepEqual(parseViewerTiming(text), JSON.parse(text));
    if (label === "person") assert.equal(detections.length, MAX_PHONE_DETECTIONS);
  }
});
