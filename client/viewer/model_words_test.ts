import assert from "node:assert/strict";
import type { ModelJob, ServedModel } from "@/protocol";
import {
  accuracyWords,
  jobWords,
  leftOutWords,
  outcomeWords,
  rateWords,
  sizeWords,
  trialWords,
} from "./model_words.ts";

const MODEL = { input: { widthPx: 416, heightPx: 416 } } as ServedModel;
const SIZED = {
  input: {
    widthPx: 416,
    heightPx: 320,
    sizes: [
      { landscape: [416, 320], square: [416, 416] },
      { landscape: [320, 256], square: [288, 288] },
    ],
  },
} as unknown as ServedModel;
const FACTS = {
  side: "local",
  intervalMs: 1000 / 30,
  isLow: false,
  size: null,
  nowFps: null,
} as const;

Deno.test("accuracyWords() and sizeWords() say what is known, and that something is not", () => {
  assert.deepEqual([null, 0, 0.299, 0.3, 0.399, 0.4, 1].map(accuracyWords), [
    "accuracy unknown",
    "basic accuracy (AP .000)",
    "basic accuracy (AP .299)",
    "good accuracy (AP .300)",
    "good accuracy (AP .399)",
    "best accuracy (AP .400)",
    "best accuracy (AP 1.000)",
  ]);
  assert.deepEqual([1_925_876, 99_500, 4, null].map(sizeWords), [
    "1.9 MB",
    "100 kB",
    "1 kB",
    "size unknown",
  ]);
});

Deno.test("rateWords() says what is expected, where, and whether it was measured", () => {
  assert.equal(rateWords(null, MODEL, FACTS), "Frame rate unknown until you try it.");
  assert.equal(
    rateWords({ runMs: 10, from: null }, MODEL, FACTS),
    "About 30 a second, measured in this browser: 10 ms a run.",
  );
  assert.equal(
    rateWords({ runMs: 32, from: null }, SIZED, { ...FACTS, nowFps: 27.6 }),
    "About 30 a second at 320×256, measured in this browser: 32 ms a run at 416×320. Now: 28 a second.",
  );
  assert.equal(
    rateWords({ runMs: 200, from: "NanoDet-m" }, MODEL, { ...FACTS, side: "server" }),
    "About 3.3 a second, estimated from NanoDet-m on the server: 200 ms a run.",
  );
});

Deno.test("outcomeWords() says what was picked, and why", () => {
  const said = (wish: "fast" | "balanced" | "accurate", among: number, fitting: number) =>
    outcomeWords(
      { wish, pick: { wish, id: "m", among, fitting }, fps: 29.6, side: "local" },
      () => "M",
    ).replace(" The times were measured in this browser.", "");
  assert.deepEqual(
    [said("fast", 3, 3), said("fast", 1, 1)],
    [
      "Fast picked M: the fastest of the 3 compared.",
      "Fast picked M: there is nothing to compare it with.",
    ],
  );
  assert.deepEqual([said("balanced", 3, 0), said("balanced", 3, 1), said("balanced", 3, 2)], [
    "Balanced picked M: none keeps up with 30 a second; it comes closest.",
    "Balanced picked M: the only one of the 3 compared that keeps up with 30 a second.",
    "Balanced picked M: 2 of the 3 compared keep up with 30 a second, and it is the most accurate of them.",
  ]);
  assert.deepEqual([said("accurate", 1, 1), said("accurate", 4, 4)], [
    "Accurate picked M: there is nothing to compare it with, and it gives 5 a second.",
    "Accurate picked M: 4 of the 4 compared give 5 a second, and it is the most accurate of them.",
  ]);
  const none = { wish: "fast", pick: null, fps: 30, side: "local" } as const;
  assert.match(outcomeWords(none, String), /^Fast found nothing to pick/);
});

Deno.test("leftOutWords() names what no wish picks", () => {
  assert.equal(leftOutWords([]), null);
  const words = leftOutWords([
    { title: "A", licence: "AGPL-3.0" },
    { title: "B", licence: "unknown" },
  ]);
  assert.match(words!, /: A \(AGPL-3\.0\), B \(licence unknown\)\. You can choose them by hand/);
});

Deno.test("trialWords() and jobWords() say how far a thing is", () => {
  const trial = { title: "A", number: 2, of: 3, state: null };
  const part = { kind: "loading", part: "model", cached: false } as const;
  assert.equal(trialWords(trial), "Trying A (2 of 3) …");
  assert.equal(
    trialWords({ ...trial, state: { ...part, loadedBytes: 1_200_000, totalBytes: 4_000_000 } }),
    "Loading A (2 of 3): 1.2 of 4.0 MB",
  );
  const job: ModelJob = {
    id: 1,
    kind: "add",
    state: "waiting",
    modelId: null,
    file: "a.onnx",
    receivedBytes: 500_000,
    totalBytes: 2_000_000,
    words: "",
  };
  const said = (over: Partial<ModelJob>) => jobWords({ ...job, ...over }, "a.onnx");
  assert.equal(said({}), "Sending a.onnx: 0.5 of 2.0 MB");
  assert.equal(said({ receivedBytes: 2_000_000 }), "a.onnx is waiting to be checked …");
  assert.equal(said({ state: "failed" }), "a.onnx was not added.");
  assert.equal(said({ kind: "pull", state: "running" }), "Downloading a.onnx: 0.5 of 2.0 MB");
  assert.equal(said({ kind: "remove", state: "cancelled" }), "a.onnx was not removed.");
});
