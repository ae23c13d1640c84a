import { readProcesses, type RolePids } from "../metrics/role_processes.ts";
import { type ProcessEntry, treeOf } from "../metrics/process_tree.ts";
import { toolOutput } from "../tool_output.ts";
import { type Reading, type Trend, trendOf } from "./slope.ts";

/** A process that lived while it was watched, and what became of its memory. */
export interface ProcessTrend extends Trend {
  readonly role: keyof RolePids;
  /** Such as `renderer` of Chromium, or `server/main.ts` of ours. */
  readonly kind: string;
  readonly pid: number;
}

const BYTES_PER_MB = 1e6;

/** Reads the resident memory of every process of phones, viewers and server now and then. */
export class MemoryWatch {
  readonly #pids: RolePids;
  readonly #pageBytes: number;
  readonly #startMs = performance.now();
  readonly #processes = new Map<number, { role: keyof RolePids; readings: Reading[] }>();

  private constructor(pids: RolePids, pageBytes: number) {
    this.#pids = pids;
    this.#pageBytes = pageBytes;
  }

  static async start(pids: RolePids): Promise<MemoryWatch> {
    return new MemoryWatch(pids, Number(await toolOutput("getconf", ["PAGESIZE"])) || 4096);
  }

  /** Takes one reading of each. @throws {Error} Where the system does not say. */
  async read(): Promise<void> {
    const table = await readProcesses();
    if (table === null) throw new Error("Cannot read the memory of processes on this system");
    const minute = (performance.now() - this.#startMs) / 60_000;
    for (const role of ["phone", "viewer", "server"] as const) {
      for (const entry of treeOf(table.entries, this.#pids[role])) this.#add(role, entry, minute);
    }
  }

  /** Of those that are still there, the largest first. */
  async trends(fromMinute: number): Promise<ProcessTrend[]> {
    const trends = [];
    for (const [pid, { role, readings }] of this.#processes) {
      const command = await toolOutput("ps", ["-ww", "-o", "args=", "-p", String(pid)]);
      if (command === null) continue;
      trends.push({ role, kind: kindOf(command), pid, ...trendOf(readings, fromMinute) });
    }
    return trends.sort((a, b) => b.lastMb - a.lastMb);
  }

  #add(role: keyof RolePids, { pid, rssPages }: ProcessEntry, minute: number): void {
    const known = this.#processes.get(pid) ?? { role, readings: [] };
    this.#processes.set(pid, known);
    known.readings.push({ minute, mb: rssPages * this.#pageBytes / BYTES_PER_MB });
  }
}

/** What a person calls a process, from its command. */
function kindOf(command: string): string {
  const chromium = /--type=(\S+)/.exec(command)?.[1];
  const service = /--utility-sub-type=(\S+)/.exec(command)?.[1];
  if (chromium !== undefined) return service ?? chromium;
  return /\bserver\/[\w/]+\.ts/.exec(command)?.[0] ??
    (/chrom/i.test(command) ? "browser" : command.trim().split(/\s/)[0]!.split("/").at(-1)!);
}
