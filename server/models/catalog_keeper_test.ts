import assert from "node:assert/strict";
import { localFolder } from "../../models/catalog.ts";
import { factOf } from "../../models/file_hash.ts";
import { NO_STATE, withModel, writeLocalState } from "../../models/local_state.ts";
import { readManifest } from "../../models/manifest.ts";
import { type TestHome, withHome } from "../../models/testing/home.ts";
import { memoryLog } from "../testing/helpers.ts";
import { CatalogKeeper } from "./catalog_keeper.ts";

function fact(text: string) {
  return factOf(new TextEncoder().encode(text));
}

/** A home with one model of the manifest, `a`, whose file is `a`. */
async function withKeeper(
  chosenId: string | null,
  use: (scene: { home: TestHome; keeper: CatalogKeeper; lines: string[] }) => Promise<void>,
): Promise<void> {
  await withHome(async (home) => {
    const [first] = (await readManifest(home.url)).models;
    const entry = { ...first!, obtain: "By hand", urls: [] };
    await home.setManifest([{ ...entry, id: "a", file: "a.onnx", ...fact("a") }]);
    await home.write("a.onnx", "a");
    const lines: string[] = [];
    const options = { searchPath: [home.path("more")], chosenId, log: memoryLog(lines) };
    const keeper = await CatalogKeeper.open({ ...options, home: home.url });
    // What has changed meanwhile would be seen now.
    assert.deepEqual(await looks(keeper, 3), [false, false, false]);
    await use({ home, keeper, lines });
  });
}

async function looks(keeper: CatalogKeeper, count: number): Promise<boolean[]> {
  const results: boolean[] = [];
  for (let at = 0; at < count; at++) results.push(await keeper.look());
  return results;
}

/** Adds or changes the owner's model `own`. */
async function own(home: TestHome, content: string): Promise<void> {
  const [first] = (await readManifest(home.url)).models;
  const { urls: _urls, obtain: _obtain, rank: _rank, labels: _labels, ...described } = first!;
  await home.write("local/own.onnx", content);
  const model = { ...described, ...fact(content), id: "own", file: "own.onnx", labels: ["x"] };
  await writeLocalState(localFolder(home.url), withModel(NO_STATE, model));
}

function ids({ catalog }: CatalogKeeper): string[] {
  return catalog.present.map(({ entry }) => entry.id);
}

Deno.test("CatalogKeeper.look() sees a model come, change and go, once it has come whole", async () => {
  await withKeeper(null, async ({ home, keeper }) => {
    assert.deepEqual(ids(keeper), ["a"]);
    await own(home, "one");
    // Moving, then at rest.
    assert.deepEqual(await looks(keeper, 2), [false, true]);
    assert.deepEqual(ids(keeper), ["a", "own"]);
    assert.ok(!(await looks(keeper, 4)).includes(true));
    await own(home, "other");
    assert.ok((await looks(keeper, 4)).includes(true));
    assert.equal(keeper.catalog.present[1]!.entry.sha256, fact("other").sha256);
    await writeLocalState(localFolder(home.url), NO_STATE);
    await Deno.remove(home.path("local/own.onnx"));
    assert.ok((await looks(keeper, 4)).includes(true));
    assert.deepEqual(ids(keeper), ["a"]);
  });
});

Deno.test("CatalogKeeper.look() finds a file in a folder that was not there before", async () => {
  await withKeeper(null, async ({ home, keeper }) => {
    await Deno.remove(home.path("a.onnx"));
    assert.ok((await looks(keeper, 4)).includes(true));
    assert.deepEqual(ids(keeper), []);
    assert.match(keeper.catalog.problem!, /No model file was found/);
    await home.write("more/a.onnx", "a");
    assert.ok((await looks(keeper, 4)).includes(true));
    assert.deepEqual(ids(keeper), ["a"]);
  });
});

Deno.test("CatalogKeeper.look() reads a folder that never rests", async () => {
  await withKeeper(null, async ({ home, keeper }) => {
    await own(home, "one");
    let seen = false;
    for (let at = 0; at < 6; at++) {
      await home.write(`more/${at}`, "");
      seen = await keeper.look() || seen;
    }
    assert.ok(seen);
  });
});

Deno.test("CatalogKeeper.look() keeps what it has while the manifest cannot be read, and says so", async () => {
  await withKeeper(null, async ({ home, keeper, lines }) => {
    await home.write("manifest.json", "{ broken");
    assert.ok(!(await looks(keeper, 4)).includes(true));
    assert.deepEqual(ids(keeper), ["a"]);
    assert.equal(lines.filter((line) => line.includes("models not read")).length, 1);
  });
});

Deno.test("CatalogKeeper puts the chosen model first for as long as it is here", async () => {
  await withHome(async (home) => {
    const options = { searchPath: [], log: memoryLog(), home: home.url };
    await assert.rejects(
      CatalogKeeper.open({ ...options, chosenId: "own" }).then(({ catalog }) => {
        // Without any model there is nothing to choose.
        assert.equal(catalog.present.length, 0);
        throw new TypeError("none");
      }),
      /none/,
    );
  });
  await assert.rejects(withKeeper("own", () => Promise.resolve()), /--model names no model/);
  await withKeeper("a", async ({ home, keeper }) => {
    await own(home, "one");
    await looks(keeper, 4);
    assert.deepEqual(ids(keeper), ["a", "own"]);
  });
});
