import assert from "node:assert/strict";
import { cpuPercent, parseStats, type ProcessTable, pssMb, treeOf } from "./process_tree.ts";

/** A line of `/proc/<pid>/stat`. */
function stat(pid: number, name: string, parent: number, ticks: readonly number[], rss = 0) {
  const between = Array.from({ length: 9 }, () => 0).join(" ");
  const after = Array.from({ length: 6 }, () => 0).join(" ");
  return `${pid} (${name}) S ${parent} ${between} ${ticks.join(" ")} ${after} ${rss} 0 0`;
}

function tableOf(atMs: number, ...lines: string[]): ProcessTable {
  return { atMs, entries: parseStats(`${lines.join("\n")}\n`) };
}

Deno.test("parseStats: names may hold spaces and parentheses", () => {
  assert.deepEqual(parseStats(`${stat(12, "a ) S 9 (b", 7, [1, 2, 3, 4], 55)}\n`), [
    { pid: 12, parent: 7, cpuTicks: 10, rssPages: 55 },
  ]);
});

Deno.test("treeOf: children come before their parents, too", () => {
  const { entries } = tableOf(
    0,
    stat(5, "renderer", 9, [0, 0, 0, 0]),
    stat(9, "zygote", 20, [0, 0, 0, 0]),
    stat(20, "browser", 1, [0, 0, 0, 0]),
    stat(21, "other", 1, [0, 0, 0, 0]),
  );
  assert.deepEqual(treeOf(entries, [20]).map(({ pid }) => pid), [5, 9, 20]);
});

Deno.test("cpuPercent: a child that ends meanwhile takes none of its time with it", () => {
  const before = tableOf(
    1_000,
    stat(20, "browser", 1, [100, 0, 0, 0], 256),
    stat(5, "renderer", 20, [40, 10, 0, 0], 256),
  );
  // The renderer has taken 100 ticks more, has ended, and is counted with its parent.
  const after = tableOf(3_000, stat(20, "browser", 1, [150, 0, 100, 50], 512));
  assert.equal(cpuPercent(before, after, [20]), 75);
  assert.equal(cpuPercent(before, after, [20, 5]), null);
  assert.equal(cpuPercent(before, after, []), null);
});

Deno.test("pssMb: shares of all processes, and of none", () => {
  const one = (kb: number) => `55-7f [rollup]\nRss:  9999 kB\nPss:  ${kb} kB\nPss_Anon:  77 kB\n`;
  assert.equal(pssMb(one(1024) + one(2048)), 3);
  assert.equal(pssMb(""), null);
});
