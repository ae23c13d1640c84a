import type { Metrics } from "@/protocol";
import { cpuPercent, parseStats, type ProcessTable, pssMb, treeOf } from "./process_tree.ts";

/** Who takes CPU and memory. */
export type Role = keyof Metrics["cpu_percent"];

/** The processes that a role began with. */
export type RolePids = Readonly<Record<Role, readonly number[]>>;

/** All processes of this machine now (Linux) but the one that reads them; `null` elsewhere. */
export async function readProcesses(): Promise<ProcessTable | null> {
  if (Deno.build.os !== "linux") return null;
  const atMs = performance.now();
  const child = readFiles("/proc/[0-9]*/stat");
  const { stdout } = await child.output();
  const entries = parseStats(new TextDecoder().decode(stdout));
  return { atMs, entries: entries.filter(({ pid }) => pid !== child.pid) };
}

/** What each role has taken between two moments, and its memory at the second. */
export async function roleLoads(
  before: ProcessTable | null,
  after: ProcessTable | null,
  { phone, viewer, server }: RolePids,
): Promise<Pick<Metrics, "cpu_percent" | "pss_mb">> {
  const cpu = (pids: readonly number[]) => before && after && cpuPercent(before, after, pids);
  const pss = async (pids: readonly number[]) => {
    const files = treeOf(after?.entries ?? [], pids).map(({ pid }) => `/proc/${pid}/smaps_rollup`);
    if (files.length === 0) return null;
    return pssMb(new TextDecoder().decode((await readFiles(...files).output()).stdout));
  };
  return {
    "cpu_percent": { phone: cpu(phone), viewer: cpu(viewer), server: cpu(server) },
    "pss_mb": { phone: await pss(phone), viewer: await pss(viewer), server: await pss(server) },
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

/** Deno itself may read /proc with all permissions only. A process that ends meanwhile is a complaint. */
function readFiles(...patterns: readonly string[]): Deno.ChildProcess {
  return new Deno.Command("sh", {
    args: ["-c", `exec cat ${patterns.join(" ")}`],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}
