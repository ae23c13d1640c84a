import assert from "node:assert/strict";
import { missedText, photosFor } from "./check_photos.ts";

const HERE = new URL(import.meta.url);

Deno.test("photosFor() asks for those things that a model has a name for, in files that are there", async () => {
  const photos = [
    { path: HERE, expects: ["cat", "person"] },
    { path: new URL("./gone.jpg", HERE), expects: ["person"] },
  ];
  const known = await photosFor(["person", "dog"], photos);
  assert.deepEqual(known.map(({ expects }) => expects), [[0]]);
  assert.match(known[0]!.path, /check_photos_test\.ts$/);
});

Deno.test("missedText() names what is there and was not found", () => {
  const photos = [{ path: "/a/one.jpg", expects: [0, 1] }, { path: "/a/two.jpg", expects: [1] }];
  assert.equal(missedText([[], []], photos, ["cat", "dog"]), null);
  assert.match(
    missedText([[], [1]], photos, ["cat", "dog"])!,
    /^It finds no dog in a photograph with one \(two\.jpg\): .*--order/,
  );
});
