import assert from "node:assert/strict";
import { allFamilies } from "./metrics_route.ts";
import { everySource } from "./testing/every_source.ts";

const README = await Deno.readTextFile(new URL("./README.md", import.meta.url));

Deno.test("README names every metric with its kind and its labels, and no other", () => {
  const rows = README.split("\n").filter((line) => line.startsWith("| `peerlens_"));
  const documented = new Map(rows.flatMap((row) => {
    const [, names, kind, labels] = row.split(/(?<!\\)\|/).map((cell) => cell.trim());
    return [...names!.matchAll(/`(peerlens_\w+)`/g)].map(([, name]) =>
      [name!, { kind, labels: labels! }] as const
    );
  }));
  const families = allFamilies(everySource());
  assert.deepEqual(
    [...documented.keys()].sort(),
    [...new Set(families.map(({ name }) => name))].sort(),
  );
  for (const family of families) {
    const { kind, labels } = documented.get(family.name)!;
    assert.equal(family.kind, kind, family.name);
    const samples = family.kind === "histogram" ? family.series : family.samples;
    for (const label of new Set(samples.flatMap((sample) => Object.keys(sample.labels)))) {
      assert.ok(labels.includes(`\`${label}\``), `${family.name}: ${label}`);
    }
  }
});
