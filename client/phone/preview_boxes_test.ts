import assert from "node:assert/strict";
import type { LabelledDetection } from "@/protocol";
import { classColour } from "../present/class_colour.ts";
import { classIdsOf, previewBoxes } from "./preview_boxes.ts";

const DOG: LabelledDetection = {
  label: "dog",
  score: 0.876,
  xmin: 0.125,
  ymin: 0.5,
  xmax: 0.25,
  ymax: 0.75,
  "track_id": 7,
};
const PICTURE = {
  widthPx: 400,
  heightPx: 200,
  isMirrored: false,
  classIds: new Map(),
  measure: (text: string) => 8 * text.length,
};

Deno.test("previewBoxes() places a box in the picture, on the other side where it is mirrored", () => {
  const place = (isMirrored: boolean) => {
    const [{ xPx, yPx, widthPx, heightPx, text }] = previewBoxes([DOG], {
      ...PICTURE,
      isMirrored,
    }) as [ReturnType<typeof previewBoxes>[number]];
    return { xPx, yPx, widthPx, heightPx, text };
  };
  const size = { yPx: 100, widthPx: 50, heightPx: 50, text: "dog 88 %" };
  assert.deepEqual(place(false), { xPx: 50, ...size });
  assert.deepEqual(place(true), { xPx: 300, ...size });
});

Deno.test("previewBoxes() keeps texts inside the picture, and none behind another", () => {
  const tags = (...others: Partial<LabelledDetection>[]) =>
    previewBoxes(others.map((over) => ({ ...DOG, ...over })), PICTURE).map(({ tag }) => tag);
  assert.deepEqual(tags({}), [{ xPx: 49, yPx: 76, widthPx: 74, heightPx: 22 }]);
  assert.equal(tags({ ymin: 0.05 })[0]!.yPx, 13, "in the box");
  assert.equal(tags({ xmin: 0.9, xmax: 1 })[0]!.xPx, 400 - 74);
  const [first, second] = tags({}, { label: "cat" });
  assert.ok(second!.yPx >= first!.yPx + first!.heightPx);
});

Deno.test("previewBoxes() tells objects apart by their ids, and classes by their colours", () => {
  const boxes = previewBoxes([
    DOG,
    { ...DOG, "track_id": 8 },
    { ...DOG, "track_id": null, label: "person" },
    { ...DOG, "track_id": null, label: "car" },
  ], PICTURE);
  assert.equal(new Set(boxes.map(({ key }) => key)).size, 4);
  assert.equal(boxes[0]!.colour, boxes[1]!.colour);
  const classIds = classIdsOf([{ labels: ["person", "cat"] }, { labels: ["dog", "person"] }]);
  assert.deepEqual([...classIds], [["person", 0], ["cat", 1], ["dog", 0]]);
  const [known] = previewBoxes([{ ...DOG, label: "cat" }], { ...PICTURE, classIds });
  assert.equal(known!.colour, classColour(1), "as viewers have it");
  assert.equal(new Set(boxes.map(({ colour }) => colour)).size, 3);
});
