import assert from "node:assert/strict";
import { PictureWatch } from "./picture_watch.ts";

Deno.test("PictureWatch: a source without a new frame in two readings a second apart is still, until one comes", () => {
  const watch = new PictureWatch<string>();
  assert.equal(watch.isStill("a"), false);
  watch.read("a", 10, 0);
  watch.read("a", 10, 1_000);
  assert.equal(watch.isStill("a"), false);
  watch.read("a", 10, 1_998);
  assert.equal(watch.isStill("a"), true);
  watch.read("a", 11, 3_000);
  assert.equal(watch.isStill("a"), false);
});

Deno.test("PictureWatch: what was not read for long, is counted anew or cannot be told is not still", () => {
  const watch = new PictureWatch<string>();
  watch.read("slept", 10, 0);
  watch.read("slept", 10, 60_000);
  watch.read("anew", 10, 0);
  watch.read("anew", 2, 60_000);
  watch.read("untold", 10, 0);
  watch.read("untold", null, 5_000);
  watch.read("gone", 10, 0);
  watch.keep(["slept", "anew", "untold"]);
  watch.read("gone", 10, 60_000);
  for (const id of ["slept", "anew", "untold", "gone"]) assert.equal(watch.isStill(id), false, id);
});
