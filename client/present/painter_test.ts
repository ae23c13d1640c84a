import assert from "node:assert/strict";
import { BoxList } from "./box_list.ts";
import { Painter } from "./painter.ts";
import { FakePixels } from "./testing/frames.ts";
import { FakeCanvas } from "./testing/fake_canvas.ts";
import { found } from "./testing/results.ts";

/** A 4:3 picture in it has bars at the left and the right; half its pixels are only partly covered. */
const WIDE = { widthPx: 161, heightPx: 100, pixelRatio: 1.5 };

const STYLE = { labels: ["person"], mirror: false, isClean: false };

/** A box over the whole picture: half of each stroke would be beside it. */
function wholePicture(): BoxList {
  const boxes = new BoxList();
  boxes.add({ ...found(0.5), box: { xmin: 0, ymin: 0, xmax: 1, ymax: 1 } });
  return boxes;
}

function set(area = WIDE) {
  const canvas = new FakeCanvas();
  const painter = new Painter(canvas.asCanvas, () => {});
  painter.resize(area);
  painter.setStyle(STYLE);
  const pictureWidthPx = area.heightPx * 4 / 3 * area.pixelRatio;
  const left = (area.widthPx * area.pixelRatio - pictureWidthPx) / 2;
  /** Whether all of this column of the canvas is beside the picture. */
  const isBar = (x: number) => x + 1 <= left || x >= left + pictureWidthPx;
  /** What is painted in columns. */
  const paintedIn = (columns: (x: number) => boolean) =>
    new Set(canvas.rows().flatMap((row) => row.filter((_, x) => columns(x))));
  return { canvas, painter, isBar, paintedIn };
}

Deno.test("Painter paints nothing beside the picture, however often boxes touch its edge", () => {
  for (const mirror of [false, true]) {
    for (const stroke of ["bold", "broken"] as const) {
      const { painter, isBar, paintedIn } = set();
      painter.setStyle({ ...STYLE, mirror });
      for (let frame = 0; frame < 3; frame++) {
        painter.paint(new FakePixels().asPixels, wholePicture(), stroke);
      }
      assert.deepEqual(paintedIn(isBar), new Set(["bar"]));
      assert.ok(paintedIn((x) => !isBar(x)).has("stroke"));
    }
  }
});

Deno.test("Painter: no stroke is left once its box is gone, at the edge of the picture neither", () => {
  const { painter, paintedIn } = set();
  painter.paint(new FakePixels().asPixels, wholePicture(), "bold");
  assert.ok(paintedIn(() => true).has("stroke"));
  painter.paint(new FakePixels().asPixels, new BoxList(), "bold");
  assert.deepEqual(paintedIn(() => true), new Set(["bar", "picture"]));
});

Deno.test("Painter: a picture of another shape, and a canvas of another size, get their own bars", () => {
  const { canvas, painter, isBar, paintedIn } = set({ ...WIDE, widthPx: 160 });
  const wide = Object.assign(new FakePixels(), { width: 160, height: 100 });
  painter.paint(wide.asPixels, wholePicture(), "bold");
  assert.ok(!paintedIn(() => true).has("bar"));
  painter.paint(new FakePixels().asPixels, wholePicture(), "bold");
  assert.deepEqual(paintedIn(isBar), new Set(["bar"]));
  painter.resize({ widthPx: 80, heightPx: 120, pixelRatio: 1 });
  painter.paint(new FakePixels().asPixels, wholePicture(), "bold");
  assert.deepEqual(new Set(canvas.rows()[29]), new Set(["bar"]));
  assert.ok(new Set(canvas.rows()[30]).has("stroke"));
  painter.clear();
  assert.deepEqual(paintedIn(() => true), new Set(["bar"]));
});

Deno.test("Painter: a label is inside the picture, wherever its box is", () => {
  const { canvas, painter } = set({ widthPx: 160, heightPx: 120, pixelRatio: 1 });
  for (const [xmin, ymin] of [[0, 0], [0.98, 0.98], [0, 0.98], [0.5, 0.1]] as const) {
    canvas.labels.length = 0;
    const boxes = new BoxList();
    boxes.add({ ...found(0.5), box: { xmin, ymin, xmax: xmin + 0.02, ymax: ymin + 0.02 } });
    painter.paint(new FakePixels().asPixels, boxes, "bold");
    const [{ x, y, width, height }] = canvas.labels as [FakeCanvas["labels"][number]];
    assert.ok(x >= 0 && y >= 0 && x + width <= 160 && y + height <= 120, `${x} ${y}`);
  }
});
