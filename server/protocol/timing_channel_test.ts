import assert from "node:assert/strict";
import {
  MAX_CAPTURE_PAIRS,
  MAX_PHONE_DETECTIONS,
  MAX_TIMING_CHARS,
  parsePhoneTiming,
  parseViewerTiming,
} from "./timing_channel.ts";

const DETECTION = { label: "dog", score: 0.9, xmin: 0, ymin: 0, xmax: 1, ymax: 1 };
const times = (pairs: unknown, encodeMs: unknown = 3) =>
  JSON.stringify({ type: "capture-times", pairs, "encode_ms": encodeMs });

Deno.test("timing messages are read back as they were sent", () => {
  const pong = { type: "clock-pong", nonce: 2 ** 31, "time_ms": 1.7e12 + 0.25 };
  assert.deepEqual(parsePhoneTiming(JSON.stringify(pong)), pong);
  for (const text of [times([[0, 1], [2 ** 32 - 1, 1.7e12]]), times([], null)]) {
    assert.deepEqual(parsePhoneTiming(text), JSON.parse(text));
  }
  for (
    const message of [{ type: "clock-ping", nonce: 0 }, {
      type: "detections",
      detections: Array(MAX_PHONE_DETECTIONS).fill(DETECTION),
    }]
  ) {
    assert.deepEqual(parseViewerTiming(JSON.stringify(message)), message);
  }
});

Deno.test("timing messages beyond their bounds are refused", () => {
  const refused = [
    times([[2 ** 32, 1]]),
    times([[-1, 1]]),
    times([[1.5, 1]]),
    times([[1, -1]]),
    times([[1]]),
    times(Array(MAX_CAPTURE_PAIRS + 1).fill([1, 1])),
    times([[1, 1]], -1),
    JSON.stringify({ type: "clock-pong", nonce: 1 }),
    JSON.stringify({ type: "clock-ping", nonce: 1 }),
    `{"type":"clock-pong","nonce":1,"time_ms":1e999}`,
  ];
  for (const text of refused) assert.throws(() => parsePhoneTiming(text), TypeError, text);
  for (
    const message of [
      { type: "detections", detections: Array(MAX_PHONE_DETECTIONS + 1).fill(DETECTION) },
      { type: "detections", detections: [{ ...DETECTION, score: 2 }] },
      { type: "clock-ping", nonce: -1 },
      { type: "capture-times", pairs: [], "encode_ms": null },
    ]
  ) {
    assert.throws(() => parseViewerTiming(JSON.stringify(message)), TypeError);
  }
  assert.throws(() => parseViewerTiming(" ".repeat(MAX_TIMING_CHARS + 1)), RangeError);
});
