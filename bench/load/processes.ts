import { toolOutput } from "../tool_output.ts";

/**
 * What a thread does: JavaScript of the main thread (`main`), Workers and the model's threads
 * (`lanes`), DTLS, SCTP and UDP (`rtc`), compiler and collector (`rest`).
 */
export type ThreadKind = "main" | "lanes" | "rtc" | "rest";

/** CPU time, ms, by kind of thread. */
export type CpuTimes = Readonly<Record<ThreadKind, number>>;

/** The two processes of the app. */
export interface AppProcesses {
  readonly main: number;
  readonly inference: number;
}

/** The app's processes below this one. @throws {Error} If one is not there. */
export async function findApp(): Promise<AppProcesses> {
  const lines = (await toolOutput("ps", ["-A", "-o", "pid=,ppid=,args="]) ?? "").split("\n");
  const all = lines.flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line);
    return match === null ? [] : [{ pid: +match[1]!, parent: +match[2]!, args: match[3]! }];
  });
  const ours = new Set([Deno.pid]);
  // Parents need not come before their children.
  for (let size = 0; size < ours.size;) {
    size = ours.size;
    for (const { pid, parent } of all) if (ours.has(parent)) ours.add(pid);
  }
  const find = (file: string) => {
    const found = all.find(({ pid, args }) => ours.has(pid) && args.includes(` ${file}`));
    if (found === undefined) throw new Error(`Cannot find the process of ${file}`);
    return found.pid;
  };
  return { main: find("server/main.ts"), inference: find("server/inference/main.ts") };
}

/** What the threads of a process have taken so far, by their ids; `null`: the system does not say. */
export type ThreadTimes = ReadonlyMap<string, { readonly kind: ThreadKind; readonly ms: number }>;

/** Reads the CPU times of a process's threads (Linux). */
export async function threadTimes(pid: number): Promise<ThreadTimes | null> {
  const tasks = `/proc/${pid}/task`;
  const text = await toolOutput("sh", ["-c", `grep -H . ${tasks}/*/comm ${tasks}/*/schedstat`]);
  if (text === null) return null;
  const names = new Map<string, string>();
  const times = new Map<string, { kind: ThreadKind; ms: number }>();
  for (const [, thread = "", file, value = ""] of text.matchAll(/task\/(\d+)\/(\w+):(.*)/g)) {
    if (file === "comm") {
      names.set(thread, value);
      continue;
    }
    const kind = thread === String(pid) ? "main" : kindOf(names.get(thread) ?? "");
    // The first number: time on a CPU, ns.
    times.set(thread, { kind, ms: parseInt(value) / 1e6 });
  }
  return times;
}

/** What was taken between two readings. Threads that ended meanwhile are not in it. */
export function spentBetween(before: ThreadTimes, after: ThreadTimes): CpuTimes {
  const spent = { main: 0, lanes: 0, rtc: 0, rest: 0 };
  for (const [thread, { kind, ms }] of after) spent[kind] += ms - (before.get(thread)?.ms ?? 0);
  return spent;
}

/** All kinds of threads together. */
export function total(times: CpuTimes): number {
  return Object.values(times).reduce((sum, ms) => sum + ms, 0);
}

/** What a thread does, by the name that its library gives it. */
function kindOf(name: string): ThreadKind {
  if (name.startsWith("worker-")) return "lanes";
  return /^(V8|tokio|deno)/.test(name) ? "rest" : "rtc";
}

/** Time that CPUs were busy since the start of the system, ms; `null` where it does not say. */
export async function busyTimes(cpus: readonly number[]): Promise<number | null> {
  const text = await toolOutput("cat", ["/proc/stat"]);
  if (text === null) return null;
  let ticks = 0;
  for (const cpu of cpus) {
    const line = new RegExp(`^cpu${cpu} (.*)$`, "m").exec(text)?.[1];
    if (line === undefined) return null;
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = line.split(" ").map(Number);
    ticks += user + nice + system + irq + softirq;
  }
  return ticks * 10;
}

/** The CPUs that a process may use, as `taskset` lists them; `null` where there is no such tool. */
export async function affinityOf(pid: number): Promise<string | null> {
  const text = await toolOutput("taskset", ["-c", "-p", String(pid)]);
  return text === null ? null : text.slice(text.lastIndexOf(":") + 1).trim();
}

/** Keeps all threads of a process on CPUs; those it starts from then on inherit it. */
export async function pin(pid: number, cpus: string): Promise<void> {
  await toolOutput("taskset", ["-a", "-c", "-p", cpus, String(pid)]);
}
