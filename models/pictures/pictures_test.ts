import assert from "node:assert/strict";
import jpeg from "jpeg-js";
import { FramePath } from "../../bench/accuracy/frame_path.ts";
import { iou } from "../../bench/picture.ts";
import { loadCatalog } from "../catalog.ts";
import pictures from "./pictures.json" with { type: "json" };

const MAX_BYTES = 60_000;

const MIN_IOU = 0.8;

/** Too small, or too dark beside its surroundings, for a detector of this size. */
const NOT_FOUND = new Set(["spoon", "tie"]);

const { present } = await loadCatalog([]);
const model = present.find(({ entry }) => entry.id === "nanodet-m")!;

const read = (file: string) => Deno.readFile(new URL(file, import.meta.url));

Deno.test("every picture is small, has the size that is written down, and boxes inside", async () => {
  const files = [...Deno.readDirSync(new URL("./", import.meta.url))]
    .map(({ name }) => name).filter((name) => name.endsWith(".jpg"));
  assert.deepEqual(pictures.map(({ file }) => file).sort(), files.sort());
  for (const { file, widthPx, heightPx, objects, ...words } of pictures) {
    const bytes = await read(file);
    assert.ok(bytes.length <= MAX_BYTES, `${file}: ${bytes.length}`);
    const { width, height } = jpeg.decode(bytes, { useTArray: true });
    assert.deepEqual([width, height], [widthPx, heightPx], file);
    assert.ok(Object.values(words).every((text) => text.length > 0), file);
    for (const { label, xmin, ymin, xmax, ymax } of objects) {
      assert.ok(model.labels.includes(label), label);
      assert.ok(0 <= xmin && xmin < xmax && xmax <= 1, `${file}: ${label}`);
      assert.ok(0 <= ymin && ymin < ymax && ymax <= 1, `${file}: ${label}`);
    }
  }
});

Deno.test("the embedded model finds what the pictures show", async () => {
  await using path = await FramePath.open(model);
  for (const { file, objects, widthPx, heightPx } of pictures) {
    const found = (await path.detectJpeg(await read(file), { widthPx, heightPx }))
      .filter(({ score }) => score >= model.entry.scoreThreshold)
      .map(({ box, classId }) => ({ ...box, label: model.labels[classId]! }));
    for (const object of objects.filter(({ label }) => !NOT_FOUND.has(label))) {
      const best = Math.max(
        0,
        ...found.filter(({ label }) => label === object.label).map((box) => iou(box, object)),
      );
      assert.ok(best >= MIN_IOU, `${file}: ${object.label}, IoU ${best.toFixed(2)}`);
    }
  }
});
