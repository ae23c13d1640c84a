import assert from "node:assert/strict";
import { USUAL_CHOICES } from "../detection/detection_settings.ts";
import { hintWords, type Looking, NoBoxHint } from "./no_box_hint.ts";

const LOOKING: Looking = { source: "phone", choices: USUAL_CHOICES, hasBoxes: false };
const LABELS = ["person", "bicycle", "car", "cat", "dog"];

Deno.test("NoBoxHint comes after 10 s without any box, and goes by itself", () => {
  const hint = new NoBoxHint();
  assert.equal(hint.step(LOOKING, 0), false);
  assert.equal(hint.step(LOOKING, 9_999), false);
  assert.equal(hint.step(LOOKING, 10_000), true);
  assert.equal(hint.step(LOOKING, 69_000), true);
  assert.equal(hint.step(LOOKING, 70_000), false);
});

Deno.test("NoBoxHint goes with the first box, and does not come back for an empty picture", () => {
  const hint = new NoBoxHint();
  hint.step(LOOKING, 0);
  assert.equal(hint.step(LOOKING, 11_000), true);
  assert.equal(hint.step({ ...LOOKING, hasBoxes: true }, 12_000), false);
  assert.equal(hint.step({ ...LOOKING, source: null }, 13_000), false, "for a moment");
  assert.equal(hint.step(LOOKING, 40_000), false);
});

Deno.test("NoBoxHint: another picture, and other settings, get their own time", () => {
  for (
    const other of [{ ...LOOKING, source: "film" }, {
      ...LOOKING,
      choices: { ...USUAL_CHOICES, scoreThreshold: 0.2 },
    }]
  ) {
    const hint = new NoBoxHint();
    hint.step({ ...LOOKING, hasBoxes: true }, 0);
    assert.equal(hint.step(other, 20_000), false);
    assert.equal(hint.step(other, 30_000), true);
  }
});

Deno.test("NoBoxHint says nothing while nothing is examined", () => {
  const hint = new NoBoxHint();
  const nothing = { ...LOOKING, source: null };
  hint.step(nothing, 0);
  assert.equal(hint.step(nothing, 20_000), false);
  assert.equal(hint.step(LOOKING, 20_000), false, "time begins with the picture");
});

Deno.test("hintWords() names what a person has set before what they cannot see", () => {
  assert.match(hintWords({ classes: new Set([1]), scoreThreshold: 0.9 }, LABELS), /1 of 5 classes/);
  assert.match(hintWords({ classes: null, scoreThreshold: 0.9 }, LABELS), /at least 90 % sure/);
  assert.match(
    hintWords({ classes: null, scoreThreshold: 0.35 }, LABELS),
    /light.*knows person, bicycle, car and 2 other things/,
  );
  const face = hintWords({ classes: null, scoreThreshold: 0.35 }, ["face"]);
  assert.match(face, /knows face; see Models/);
});
