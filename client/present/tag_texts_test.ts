import assert from "node:assert/strict";
import { TagTexts } from "./tag_texts.ts";

Deno.test("TagTexts measures each text once, and anew for other labels", () => {
  let measured = 0;
  const texts = new TagTexts((text) => {
    measured += 1;
    return text.length;
  });
  assert.deepEqual(texts.of({ classId: 3, score: 0.5 }), { text: "class 3 50 %", widthPx: 12 });
  texts.setLabels(["person"]);
  for (const score of [0.931, 0.934, 1]) texts.of({ classId: 0, score });
  assert.equal(texts.of({ classId: 0, score: 0.93 }).text, "person 93 %");
  assert.equal(measured, 3);
});
