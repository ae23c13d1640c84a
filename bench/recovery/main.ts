/** How soon detections are back on the viewer's screen after the inference process died or hung. */
import { inferencePids, watchReturn } from "../inference_faults.ts";
import { machineFacts } from "../machine.ts";
import { openScene } from "../scene.ts";

const RESULT = new URL("../results/recovery.json", import.meta.url);

/** What is promised for both. */
const TARGET_MS = 3_000;

/**
 * Faults are this far apart: a process that dies again sooner is taken for one that cannot live, and
 * is started anew ever later, by design.
 */
const REST_MS = 12_000;

const HELP = `Measures the time to recovery of server mode and writes bench/results/recovery.json.

  deno task bench recovery [--runs=5]

Real server, viewer and phone; SIGKILL and SIGSTOP of the inference process in turn.
`;

/** Measures, prints, writes. @returns 0; 1 when the target is missed; 2 for arguments. */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) return say(HELP, 0);
  let runs = 5;
  for (const arg of args) {
    runs = Number(/^--runs=(\d{1,3})$/.exec(arg)?.[1]);
    if (!(runs > 0)) return say(`Cannot understand ${arg}\n\n${HELP}`, 2);
  }

  const samplesMs: Record<"SIGKILL" | "SIGSTOP", number[]> = { SIGKILL: [], SIGSTOP: [] };
  await using scene = await openScene({ mode: "server" });
  const { server, viewer: { page } } = scene;
  await page.getByRole("button", { name: "Send frames to the server" }).click();
  for (let i = 0; i < runs; i++) {
    for (const signal of ["SIGKILL", "SIGSTOP"] as const) {
      if (i > 0 || signal !== "SIGKILL") {
        await new Promise((resolve) => setTimeout(resolve, REST_MS));
      }
      await page.getByTestId("carrier").waitFor();
      await page.getByRole("list", { name: "Detections" }).filter({ hasText: "person" }).waitFor();
      const back = watchReturn(page);
      Deno.kill(inferencePids(server).at(-1)!, signal);
      const tookMs = Math.round(await back);
      samplesMs[signal].push(tookMs);
      say(`run ${i + 1} of ${runs}, ${signal}: back after ${tookMs} ms\n`, 0);
    }
  }
  const worstMs = Math.max(...samplesMs.SIGKILL, ...samplesMs.SIGSTOP);
  const report = {
    schema: 1,
    "measured_at": new Date().toISOString(),
    machine: machineFacts(),
    "target_ms": TARGET_MS,
    "worst_ms": worstMs,
    "samples_ms": samplesMs,
  };
  await Deno.writeTextFile(RESULT, `${JSON.stringify(report, undefined, 2)}\n`);
  const isMet = worstMs < TARGET_MS;
  return say(
    `worst ${worstMs} ms, target ${TARGET_MS} ms: ${isMet ? "met" : "MISSED"}\n`,
    isMet ? 0 : 1,
  );
}

function say(text: string, code: number): number {
  const stream = code === 2 ? Deno.stderr : Deno.stdout;
  stream.writeSync(new TextEncoder().encode(text));
  return code;
}
