// @all: needs assets
/**
 * What the app itself finds, both ways, is as good as what the same model finds without the app.
 *
 * Takes about 30 s on two busy cores.
 */
import assert from "node:assert/strict";
import { readEvalSet } from "../accuracy/coco_pictures.ts";
import { embeddedModel } from "../accuracy/main.ts";
import { measureProduct, WAYS } from "../accuracy/measure.ts";
import { BROWSER } from "../browser.ts";
import { ASSETS } from "../fixtures.ts";
import { hasPython } from "../python.ts";

/** A few will do: the accuracy bench has all. 11 s; 20 s more the first time, for the packages. */
const PICTURES = 16;

/** In AP50-95. Two JPEG decoders and two resizings see slightly different pixels. */
const MAX_DIFFERENCE = 0.01;

Deno.test(
  "POST /api/detect and the Worker detect as well as an independent implementation, says pycocotools",
  { ...BROWSER, ignore: !ASSETS || !await hasPython() },
  async () => {
    const folder = `${ASSETS}/eval/coco128`;
    const set = await readEvalSet(folder, PICTURES);
    const { figures } = await measureProduct({
      model: await embeddedModel(),
      set,
      folder,
      note: () => {},
    });
    const independent = figures.one_class!.ap50_95;
    assert.ok(independent > 0.3, `${independent}`);
    for (const way of [WAYS.http, WAYS.worker]) {
      const ap = figures[way]!.ap50_95;
      assert.ok(Math.abs(ap - independent) <= MAX_DIFFERENCE, `${way}: ${ap}, not ${independent}`);
    }
  },
);
