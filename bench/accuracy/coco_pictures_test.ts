import assert from "node:assert/strict";
import { readEvalSet } from "./coco_pictures.ts";

const INSTANCES = {
  images: [
    { id: 2, file_name: "b.jpg", width: 40, height: 30 },
    { id: 1, file_name: "a.jpg", width: 20, height: 10 },
  ],
  annotations: [
    { image_id: 1, category_id: 7, bbox: [1, 2, 3, 4], iscrowd: 0 },
    { image_id: 2, category_id: 9, bbox: [5, 6, 7, 8], iscrowd: 1 },
  ],
  categories: [{ id: 7, name: "cat" }, { id: 9, name: "dog" }],
};

async function withFolder(instances: unknown, test: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "peerlens-accuracy-" });
  try {
    await Deno.writeTextFile(`${folder}/instances.json`, JSON.stringify(instances));
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readEvalSet() gives classes by their names, whatever the categories' ids", async () => {
  await withFolder(INSTANCES, async (folder) => {
    const set = await readEvalSet(folder, null);
    assert.deepEqual(set.pictures.map(({ path }) => path), [
      `${folder}/images/a.jpg`,
      `${folder}/images/b.jpg`,
    ]);
    assert.deepEqual(set.truths(["dog", "cat"]), [
      { pictureId: 1, classId: 1, boxXywh: [1, 2, 3, 4], isCrowd: false },
      { pictureId: 2, classId: 0, boxXywh: [5, 6, 7, 8], isCrowd: true },
    ]);
    assert.throws(() => set.truths(["cat"]), /dog/);
  });
});

Deno.test("readEvalSet() leaves out what is in the pictures past the limit", async () => {
  await withFolder(INSTANCES, async (folder) => {
    const set = await readEvalSet(folder, 1);
    assert.deepEqual(set.pictures.map(({ id }) => id), [1]);
    assert.equal(set.truths(["cat", "dog"]).length, 1);
  });
});

Deno.test("readEvalSet() names what is wrong in the file", async () => {
  const wrong = { ...INSTANCES, images: [{ ...INSTANCES.images[0], file_name: "../b.jpg" }] };
  await withFolder(wrong, async (folder) => {
    await assert.rejects(readEvalSet(folder, null), /images\.0\.file_name: Not a \.jpg/);
  });
});
