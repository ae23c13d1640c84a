import type { ImportEdge } from "./imports.ts";
import { isTestFile } from "./sources.ts";

/**
 * Files that wire a side together out of all its folders, beside which they lie. Each stands for itself:
 * the folder around it is not one with those that it imports.
 */
const ENTRIES: ReadonlySet<string> = new Set([
  "server/app.ts",
  "server/main.ts",
  "server/start.ts",
  "client/build.ts",
  "models/models.ts",
  "bench/main.ts",
]);

/**
 * A sentence for each circle of imports, types included: by file, then by folder. Tests may import what
 * they test with.
 */
export function importCycles(edges: readonly ImportEdge[]): string[] {
  const ours = edges.filter(({ from, to }) => !isTestFile(from) && !isTestFile(to));
  return [
    ...circlesOf(ours, (path) => path).map((files) => `files in a circle: ${files.join(", ")}`),
    ...circlesOf(ours, folderOf).map((folders) => `folders in a circle: ${folders.join(", ")}`),
  ];
}

function folderOf(path: string): string {
  return ENTRIES.has(path) ? path : path.slice(0, path.lastIndexOf("/"));
}

/** Every set of nodes of which each leads to each (Tarjan's strongly connected components). */
function circlesOf(edges: readonly ImportEdge[], nodeOf: (path: string) => string): string[][] {
  const targets = new Map<string, Set<string>>();
  for (const edge of edges) {
    const [from, to] = [nodeOf(edge.from), nodeOf(edge.to)];
    if (!targets.has(from)) targets.set(from, new Set());
    if (from !== to) targets.get(from)!.add(to);
  }
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const path: string[] = [];
  const visit = (node: string) => {
    order.set(node, order.size);
    lowest.set(node, order.get(node)!);
    path.push(node);
    for (const target of targets.get(node) ?? []) {
      if (!order.has(target)) visit(target);
      // Done with, where it is not on the way here.
      if (path.includes(target)) {
        lowest.set(node, Math.min(lowest.get(node)!, lowest.get(target)!));
      }
    }
    if (lowest.get(node) !== order.get(node)) return;
    const circle = path.splice(path.indexOf(node));
    if (circle.length > 1) circles.push(circle.sort());
  };
  for (const node of targets.keys()) if (!order.has(node)) visit(node);
  return circles;
}
