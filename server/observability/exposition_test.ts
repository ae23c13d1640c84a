import assert from "node:assert/strict";
import fc from "fast-check";
import { BucketCounter } from "../base/bucket_counts.ts";
import { exposition } from "./exposition.ts";
import { by, counter, type Family, gauge } from "./family.ts";
import { parseExposition } from "./testing/parse_exposition.ts";

async function parsed(families: readonly Family[]) {
  return parseExposition((await exposition(families)).text);
}

const values = fc.uniqueArray(
  fc.tuple(fc.string({ unit: "binary" }), fc.double({ min: 0, max: 1e15, noNaN: true })),
  { selector: ([name]) => name, maxLength: 8, minLength: 1 },
);

/** As the format writes a label's value. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');
}

Deno.test("exposition() writes every sample once, whatever is in its label", async () => {
  await fc.assert(fc.asyncProperty(values, values, async (counts, levels) => {
    const families = await parsed([
      counter("a_total", "A\nhelp", by("x", counts)),
      gauge("b", "B", by("y", levels)),
    ]);
    const expected = (name: string, label: string, of: typeof counts) =>
      new Map(of.map(([text, value]) => [`${name}{${label}="${escaped(text)}"}`, value]));
    assert.deepEqual(families.get("a_total")!.samples, expected("a_total", "x", counts));
    assert.deepEqual(families.get("b")!.samples, expected("b", "y", levels));
  }));
});

Deno.test("exposition() writes histograms that were counted elsewhere", async () => {
  const durations = fc.array(fc.integer({ min: 0, max: 40 }));
  await fc.assert(fc.asyncProperty(durations, durations, async (ofA, ofB) => {
    const bounds = [5, 10, 20];
    const series = [ofA, ofB].map((list, at) => {
      const buckets = new BucketCounter(bounds);
      for (const value of list) buckets.record(value);
      return { labels: { p: "ab"[at]! }, buckets: buckets.read() };
    });
    const { samples } = (await parsed([
      { kind: "histogram", name: "h", help: "H", bounds, series },
    ])).get("h")!;
    for (const [at, list] of [ofA, ofB].entries()) {
      const label = `p="${"ab"[at]}"`;
      for (const le of bounds) {
        const below = list.filter((value) => value <= le).length;
        assert.equal(samples.get(`h_bucket{le="${le}",${label}}`), below);
      }
      assert.equal(samples.get(`h_count{${label}}`), list.length);
      assert.equal(samples.get(`h_sum{${label}}`), list.reduce((sum, value) => sum + value, 0));
    }
  }));
});

Deno.test("exposition() shows nothing of a family without samples, and one name once", async () => {
  const families = await parsed([
    gauge("empty", "E", []),
    { kind: "histogram", name: "none", help: "N", bounds: [1], series: [] },
    gauge("rss", "R", by("process", [["server", 1]])),
    gauge("rss", "R", by("process", [["inference", 2]])),
  ]);
  assert.deepEqual([...families.keys()], ["rss"]);
  assert.equal(families.get("rss")!.samples.size, 2);
});
