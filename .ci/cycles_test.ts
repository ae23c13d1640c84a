import assert from "node:assert/strict";
import fc from "fast-check";
import { importCycles } from "./cycles.ts";
import { importEdges } from "./imports.ts";

const edge = (from: string, to: string, typeOnly = false) => ({ from, to, typeOnly });

Deno.test("nothing imports itself by way of others", async () => {
  assert.deepEqual(importCycles(await importEdges()), []);
});

Deno.test("importCycles() names files in a circle, types included", () => {
  const edges = [
    edge("a/x.ts", "a/y.ts"),
    edge("a/y.ts", "a/z.ts", true),
    edge("a/z.ts", "a/x.ts"),
  ];
  assert.deepEqual(importCycles(edges), ["files in a circle: a/x.ts, a/y.ts, a/z.ts"]);
});

Deno.test("importCycles() names folders in a circle whose files are in none", () => {
  const edges = [
    edge("a/x.ts", "b/x.ts"),
    edge("b/y.ts", "a/y.ts", true),
    edge("b/x.ts", "c/x.ts"),
  ];
  assert.deepEqual(importCycles(edges), ["folders in a circle: a, b"]);
});

Deno.test("importCycles() lets an entry file import the folders beside it, and tests anything", () => {
  const wired = [edge("server/main.ts", "server/a/x.ts"), edge("server/a/x.ts", "server/y.ts")];
  assert.deepEqual(importCycles(wired), []);
  assert.equal(importCycles([...wired, edge("server/z.ts", "server/a/x.ts")]).length, 1);
  assert.deepEqual(importCycles([edge("a/x.ts", "a/y.ts"), edge("a/y.ts", "a/testing/x.ts")]), []);
  assert.deepEqual(importCycles([edge("a/x_test.ts", "b/y.ts"), edge("b/y.ts", "a/z.ts")]), []);
});

Deno.test("importCycles() puts two files into one circle where each leads to the other", () => {
  const nodes = ["a/0.ts", "a/1.ts", "a/2.ts", "a/3.ts", "a/4.ts", "a/5.ts"];
  const node = fc.constantFrom(...nodes);
  fc.assert(fc.property(fc.array(fc.tuple(node, node), { maxLength: 14 }), (pairs) => {
    // The oracle: who reaches whom, by trying all ways (Warshall).
    const reaches = new Set(pairs.map(([from, to]) => `${from} ${to}`));
    for (const via of nodes) {
      for (const from of nodes) {
        for (const to of nodes) {
          if (reaches.has(`${from} ${via}`) && reaches.has(`${via} ${to}`)) {
            reaches.add(`${from} ${to}`);
          }
        }
      }
    }
    const circles = importCycles(pairs.map(([from, to]) => edge(from, to)));
    for (const a of nodes) {
      for (const b of nodes.filter((other) => other !== a)) {
        const isOne = reaches.has(`${a} ${b}`) && reaches.has(`${b} ${a}`);
        assert.equal(circles.some((text) => text.includes(a) && text.includes(b)), isOne);
      }
    }
  }));
});
