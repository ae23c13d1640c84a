import { sum } from "../sums.ts";

/** A process as the system has it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Of itself, and of its children that have ended, so that no time is lost with them. */
  readonly cpuTicks: number;
  readonly rssPages: number;
}

/** All processes at one moment; `null` where the system does not say. */
export interface ProcessTable {
  readonly atMs: number;
  readonly entries: readonly ProcessEntry[];
}

/** Linux has had these for all its life on the machines that it runs browsers on. */
const TICKS_PER_S = 100;

/** Reads `/proc/<pid>/stat` of any number of processes, a line each. */
export function parseStats(text: string): ProcessEntry[] {
  return text.split("\n").flatMap((line) => {
    // The name stands in parentheses and may hold any character, parentheses too.
    const end = line.lastIndexOf(")");
    if (end < 0) return [];
    const fields = line.slice(end + 2).split(" ").map(Number);
    const [, parent = 0] = fields;
    const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11, 15);
    return [{
      pid: parseInt(line),
      parent,
      cpuTicks: user + system + endedUser + endedSystem,
      rssPages: fields[21] ?? 0,
    }];
  });
}

/** The processes of the trees below `roots`, these included. */
export function treeOf(entries: readonly ProcessEntry[], roots: readonly number[]): ProcessEntry[] {
  const ours = new Set(roots);
  // Parents need not come before their children.
  for (let size = -1; size < ours.size;) {
    size = ours.size;
    for (const { pid, parent } of entries) if (ours.has(parent)) ours.add(pid);
  }
  return entries.filter(({ pid }) => ours.has(pid));
}

/** What trees have taken between two moments, 100 is one core; `null` if one has ended. */
export function cpuPercent(
  before: ProcessTable,
  after: ProcessTable,
  roots: readonly number[],
): number | null {
  const isWhole = roots.every((root) => after.entries.some(({ pid }) => pid === root));
  if (roots.length === 0 || !isWhole) return null;
  const ticks = ticksOf(after, roots) - ticksOf(before, roots);
  const elapsedMs = after.atMs - before.atMs;
  return elapsedMs > 0 ? Math.max(0, ticks) * 1000 / TICKS_PER_S / elapsedMs * 100 : null;
}

/** Adds up `/proc/<pid>/smaps_rollup` of any number of processes; `null`: none of them said. */
export function pssMb(text: string): number | null {
  const shares = [...text.matchAll(/^Pss: +(\d+) kB$/gm)];
  return shares.length === 0 ? null : sum(shares.map(([, kb]) => Number(kb))) / 1024;
}

function ticksOf({ entries }: ProcessTable, roots: readonly number[]): number {
  return sum(treeOf(entries, roots).map(({ cpuTicks }) => cpuTicks));
}
