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
const PICTURE = { widthPx: 400, heightPx: 200, isMirrored: false, classIds: new Map() };

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

Deno.test("previewBoxes() keeps texts inside the picture", () => {
  const at = (over: Partial<LabelledDetection>) => previewBoxes([{ ...DOG, ...over }], PICTURE)[0]!;
  assert.equal(at({}).isTextInside, false);
  assert.equal(at({ ymin: 0.05 }).isTextInside, true);
  assert.equal(at({}).isTextAtRight, false);
  assert.equal(at({ xmin: 0.8, xmax: 0.9 }).isTextAtRight, true);
  assert.equal(at({}).textRoomPx, 350, "as far as the right side");
  assert.equal(at({ xmin: 0.75, xmax: 0.875 }).textRoomPx, 350, "as far as the left side");
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
