import assert from "node:assert/strict";
import type { ManifestEntry } from "@/protocol";
import { hashFile } from "./file_hash.ts";
import { loadCatalog, localFolder } from "./catalog.ts";
import { factOf } from "./file_hash.ts";
import { NO_STATE, withModel, withPin, writeLocalState } from "./local_state.ts";
import { readManifest } from "./manifest.ts";
import { type TestHome, withHome } from "./testing/home.ts";

function fact(text: string) {
  return factOf(new TextEncoder().encode(text));
}

async function entryOf(home: TestHome, over: Partial<ManifestEntry>): Promise<ManifestEntry> {
  const { models } = await readManifest(home.url);
  return { ...models[0]!, obtain: "By hand", urls: [], ...over };
}

const A = fact("a");

Deno.test("loadCatalog() finds the file with the right bytes, wherever it is, and names the others", async () => {
  await withHome(async (home) => {
    const entry = await entryOf(home, { id: "a", file: "a.onnx", ...A });
    await home.setManifest([entry]);
    const search = [home.path("one"), home.path("two"), home.path("none")];
    await home.write("one/a.onnx", "b");
    await home.write("two/a.onnx", "a");
    const { present, damaged, missing, problem } = await loadCatalog(search, home.url);
    assert.deepEqual(present.map(({ path }) => path), [home.path("two/a.onnx")]);
    assert.equal(present[0]!.labels.length, 80);
    assert.equal(damaged.length, 1);
    assert.match(damaged[0]!, /one\/a\.onnx: its SHA-256 is .*, not /);
    assert.deepEqual([missing, problem], [[], null]);
  });
});

Deno.test("loadCatalog() puts the highest rank first, and the owner's models last", async () => {
  await withHome(async (home) => {
    const ids = { low: 1, none: 0, high: 9, also: 9 };
    const entries = await Promise.all(
      Object.entries(ids).map(([id, rank]) =>
        entryOf(home, { id, file: `${id}.onnx`, rank, ...fact(id) })
      ),
    );
    await home.setManifest(entries);
    for (const id of Object.keys(ids)) await home.write(`${id}.onnx`, id);
    const { urls: _urls, obtain: _obtain, rank: _rank, labels: _labels, ...described } =
      entries[0]!;
    await home.write("local/own.onnx", "own");
    const own = { ...described, ...fact("own"), id: "own", file: "own.onnx", labels: ["x"] };
    await writeLocalState(localFolder(home.url), withModel(NO_STATE, own));
    const { present } = await loadCatalog([], home.url);
    assert.deepEqual(present.map(({ entry }) => entry.id), ["high", "also", "low", "none", "own"]);
  });
});

Deno.test("loadCatalog() uses a file without a checksum only when it is pinned, and only that one", async () => {
  await withHome(async (home) => {
    const open = { id: "a", file: "a.onnx", bytes: null, sha256: null };
    await home.setManifest([await entryOf(home, open)]);
    await home.write("local/a.onnx", "a");
    const before = await loadCatalog([], home.url);
    assert.deepEqual(before.unchecked.map(({ path }) => path), [home.path("local/a.onnx")]);
    assert.match(before.problem!, /deno task models verify/);
    const pin = {
      ...A,
      id: "a",
      inputName: "data",
      headNames: ["boxes"],
      url: null,
      pinnedAt: "2026-01-01T00:00:00.000Z",
    };
    await writeLocalState(localFolder(home.url), withPin(NO_STATE, pin));
    const { present } = await loadCatalog([], home.url);
    const { entry } = present[0]!;
    assert.deepEqual([entry.sha256, entry.input.name, entry.head.outputs], [
      A.sha256,
      "data",
      ["boxes"],
    ]);
    await home.write("local/a.onnx", "b");
    const after = await loadCatalog([], home.url);
    assert.equal(after.present.length, 0);
    assert.match(after.damaged[0]!, new RegExp(`not ${A.sha256}`));
  });
});

Deno.test("loadCatalog() gets along without the list of this computer when that is broken", async () => {
  await withHome(async (home) => {
    await home.setManifest([await entryOf(home, { id: "a", file: "a.onnx", ...A })]);
    await home.write("a.onnx", "a");
    await home.write("local/local.json", "{ broken");
    const { present, damaged } = await loadCatalog([], home.url);
    assert.equal(present.length, 1);
    assert.match(damaged[0]!, /local\.json.*delete it/);
  });
});

Deno.test("loadCatalog() gets along without a file that it may not read, and names it", async () => {
  await withHome(async (home) => {
    const entries = ["a", "b"].map((id) => entryOf(home, { id, file: `${id}.onnx`, ...A }));
    await home.setManifest(await Promise.all(entries));
    await home.write("a.onnx", "a");
    await home.write("b.onnx", "a");
    const closed = (path: string) =>
      path.endsWith("b.onnx")
        ? Promise.reject(new Deno.errors.PermissionDenied("open"))
        : hashFile(path);
    const { present, damaged } = await loadCatalog([], home.url, closed);
    assert.deepEqual(present.map(({ entry }) => entry.id), ["a"]);
    assert.deepEqual(damaged, [`${home.path("b.onnx")}: there is no permission to read it`]);
  });
});

Deno.test("the manifest of the repository is valid, and its embedded models are here", async () => {
  const { present, damaged } = await loadCatalog([]);
  assert.deepEqual(damaged, []);
  const ids = present.map(({ entry }) => entry.id);
  assert.ok(ids.includes("nanodet-m"));
  const { models } = await readManifest(new URL("./", import.meta.url));
  const files = models.map(({ file }) => file);
  assert.equal(new Set(files).size, files.length, "two entries with one file name");
});

Deno.test("no model under the AGPL is ever started with unasked", async () => {
  const { models } = await readManifest(new URL("./", import.meta.url));
  for (const { licence, rank } of models) assert.ok(rank === 0 || !licence.startsWith("AGPL"));
});
