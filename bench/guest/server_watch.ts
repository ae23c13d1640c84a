import { treeOf } from "../metrics/process_tree.ts";
import { readProcesses } from "../metrics/role_processes.ts";
import { toolOutput } from "../tool_output.ts";

/** What the server's processes hold now. */
export interface Held {
  readonly rssMb: number;
  readonly threads: number;
  readonly descriptors: number;
}

/** Reads what some processes, and all that they started, hold together. Linux. */
export async function readHeld(pids: readonly number[]): Promise<Held> {
  const table = await readProcesses();
  const tree = treeOf(table?.entries ?? [], pids).map(({ pid }) => pid);
  const script =
    `for p in ${tree.join(" ")}; do cat /proc/$p/status | grep -E '^(VmRSS|Threads)'; ` +
    "echo Files: $(ls /proc/$p/fd | wc -l); done 2>/dev/null";
  const text = await toolOutput("sh", ["-c", script]) ?? "";
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}:\\s+(\\d+)`, "gm"))]
      .reduce((total, [, value]) => total + Number(value), 0);
  return { rssMb: sum("VmRSS") / 1024, threads: sum("Threads"), descriptors: sum("Files") };
}

/** The larger of two, each. */
export function mostOf(a: Held, b: Held): Held {
  return {
    rssMb: Math.max(a.rssMb, b.rssMb),
    threads: Math.max(a.threads, b.threads),
    descriptors: Math.max(a.descriptors, b.descriptors),
  };
}

/** The longest that is waited for a server to give back what it took. */
const BACK_WITHIN_MS = 30_000;

/** What may stay: a buffer or two, what allocators keep, and Deno's own threads that wait for work. */
const SPARE: Held = { rssMb: 64, threads: 16, descriptors: 8 };

/** Waits until a server holds about as much as before. @returns What it holds then, and after how long. */
export async function waitUntilBack(
  pids: readonly number[],
  before: Held,
): Promise<{ readonly held: Held; readonly isBack: boolean; readonly tookMs: number }> {
  const startedMs = performance.now();
  for (;;) {
    const held = await readHeld(pids);
    const keys = ["rssMb", "threads", "descriptors"] as const;
    const isBack = keys.every((key) => held[key] <= before[key] + SPARE[key]);
    const tookMs = performance.now() - startedMs;
    if (isBack || tookMs > BACK_WITHIN_MS) return { held, isBack, tookMs };
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

/** Samples of `/metrics`, by name with labels. */
export type Scraped = ReadonlyMap<string, number>;

/** Asks the server, from this computer. */
export async function scrape(httpUrl: string): Promise<Scraped> {
  const text = await (await fetch(`${httpUrl}/metrics`)).text();
  return new Map(
    [...text.matchAll(/^(peerlens_\S+) (\S+)$/gm)].map(([, name, value]) => [name!, Number(value)]),
  );
}

/** Metrics that count what was refused, dropped or lost. */
const REFUSING =
  /refus|_lost_|dropped|left_out|_restarts_|http_requests_total\{.*status="(4\d\d|503)"/;

/** What was refused between two moments, by the metric that counts it; without the app's prefix. */
export function refusedBetween(before: Scraped, after: Scraped): Record<string, number> {
  const entries = [...after].filter(([name]) => REFUSING.test(name))
    .map(([name, value]) =>
      [name.replace("peerlens_", ""), value - (before.get(name) ?? 0)] as const
    )
    .filter(([, grown]) => grown > 0);
  return Object.fromEntries(entries);
}
