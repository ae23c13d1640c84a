import type { RigBrowser } from "../browser.ts";

/** CPU time that a browser's page has taken so far, ms. */
export interface PageCpu {
  /** The page itself and its compositor: all but its Workers, and the process that draws. */
  readonly page: number;
  /** That and its Workers: detection, display. */
  readonly all: number;
}

/** Reads it (Linux). @throws {Error} If the system does not say. */
export async function readPageCpu({ context }: RigBrowser): Promise<PageCpu> {
  const cdp = await context.browser()!.newBrowserCDPSession();
  const { processInfo } = await cdp.send("SystemInfo.getProcessInfo");
  await cdp.detach();
  let page = 0;
  let all = 0;
  for (const { id, type } of processInfo) {
    if (type !== "renderer" && type !== "GPU") continue;
    for (const { name, ms } of await threadsOf(id)) {
      all += ms;
      if (!name.startsWith("DedicatedWorker")) page += ms;
    }
  }
  if (all === 0) throw new Error("Cannot read CPU times: needs Linux");
  return { page, all };
}

async function threadsOf(pid: number): Promise<{ name: string; ms: number }[]> {
  const tasks = `/proc/${pid}/task`;
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `grep -H . ${tasks}/*/comm ${tasks}/*/schedstat`],
    stderr: "null",
  }).output();
  const names = new Map<string, string>();
  const times = new Map<string, number>();
  const text = new TextDecoder().decode(stdout);
  for (const [, thread = "", file, value = ""] of text.matchAll(/task\/(\d+)\/(\w+):(.*)/g)) {
    if (file === "comm") names.set(thread, value);
    // The first number: time on a CPU, ns.
    else times.set(thread, parseInt(value) / 1e6);
  }
  return [...times].map(([thread, ms]) => ({ name: names.get(thread) ?? "", ms }));
}
