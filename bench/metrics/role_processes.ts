import type { Metrics } from "@/protocol";
import { toolOutput } from "../tool_output.ts";
import { cpuPercent, parseStats, type ProcessTable, rssMb } from "./process_tree.ts";

/** Who takes CPU and memory. */
export type Role = keyof Metrics["cpu_percent"];

/** The processes that a role began with. */
export type RolePids = Readonly<Record<Role, readonly number[]>>;

/** Of x86 and most ARM; see {@linkcode pageBytes}. */
const USUAL_PAGE_BYTES = 4096;

/** All processes of this machine now (Linux) but the one that reads them; `null` elsewhere. */
export async function readProcesses(): Promise<ProcessTable | null> {
  if (Deno.build.os !== "linux") return null;
  const atMs = performance.now();
  // Deno itself may read /proc with all permissions only. One that ends meanwhile is a complaint.
  const child = new Deno.Command("sh", {
    args: ["-c", "exec cat /proc/[0-9]*/stat"],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const { stdout } = await child.output();
  const entries = parseStats(new TextDecoder().decode(stdout));
  return { atMs, entries: entries.filter(({ pid }) => pid !== child.pid) };
}

/** What each role has taken between two moments, and its memory at the second. */
export async function roleLoads(
  before: ProcessTable | null,
  after: ProcessTable | null,
  { phone, viewer, server }: RolePids,
): Promise<Pick<Metrics, "cpu_percent" | "rss_mb">> {
  const bytes = await pageBytes();
  const cpu = (pids: readonly number[]) => before && after && cpuPercent(before, after, pids);
  const rss = (pids: readonly number[]) => after && rssMb(after, pids, bytes);
  return {
    "cpu_percent": { phone: cpu(phone), viewer: cpu(viewer), server: cpu(server) },
    "rss_mb": { phone: rss(phone), viewer: rss(viewer), server: rss(server) },
  };
}

/** Does something that starts a process, and says which: the children that we did not have before. */
export async function startedBy<T>(
  start: () => Promise<T>,
): Promise<{ started: T; pids: number[] }> {
  const before = await ownChildren();
  const started = await start();
  const pids = (await ownChildren()).filter((pid) => !before.includes(pid));
  return { started, pids };
}

async function ownChildren(): Promise<number[]> {
  const table = await readProcesses();
  return table?.entries.filter(({ parent }) => parent === Deno.pid).map(({ pid }) => pid) ?? [];
}

async function pageBytes(): Promise<number> {
  return Number(await toolOutput("getconf", ["PAGESIZE"])) || USUAL_PAGE_BYTES;
}
