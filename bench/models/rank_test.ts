import assert from "node:assert/strict";
import { HOME, readManifest } from "../../models/manifest.ts";
import { rankOf } from "./rank.ts";
import type { ModelsReport } from "./report.ts";

const RESULTS = new URL("../results/models.json", import.meta.url);

Deno.test("rankOf() is of accuracy, among what a browser can run and anybody can use", () => {
  const good = { licence: "Apache-2.0", ap: 0.3149, wasmShare: 1 };
  assert.equal(rankOf(good), 31);
  assert.equal(rankOf({ ...good, wasmShare: 1.5 }), 31);
  assert.equal(rankOf({ ...good, wasmShare: 1.51 }), 0);
  assert.equal(rankOf({ ...good, licence: "AGPL-3.0" }), 0);
  assert.equal(rankOf({ ...good, ap: null }), 0);
  assert.equal(rankOf({ ...good, wasmShare: null }), 0);
});

Deno.test("the manifest's ranks are those of the measured figures", async () => {
  const { models }: ModelsReport = JSON.parse(await Deno.readTextFile(RESULTS));
  const entries = new Map((await readManifest(HOME)).models.map((entry) => [entry.id, entry]));
  // Weights that are shipped are weights that were measured.
  for (const { id, sha256, obtain } of entries.values()) {
    if (obtain !== "Part of the repository") continue;
    assert.equal(models.find((model) => model.id === id)?.sha256, sha256, `figures of ${id}`);
  }
  for (const { id, rank, sha256 } of models) {
    const entry = entries.get(id);
    // Of a model that its owner added, or of a file that is here no more.
    if (entry === undefined || entry.sha256 !== sha256) continue;
    assert.equal(entry.rank, rank, `rank of ${id}`);
  }
});
