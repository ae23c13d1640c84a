import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const TRAP = fileURLToPath(new URL("disk_trap.ts", import.meta.url));
const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** More things than anybody does to the disk for one file. */
const MAX_STEPS = 60;

/** Of one run of a program whose disk is watched. */
export interface DiskRun {
  /** 137: it was ended in the middle. */
  readonly code: number;
  /** What it did to the disk, in order. */
  readonly steps: readonly string[];
  readonly out: string;
  readonly err: string;
}

/** Runs lines of TypeScript, which may import by paths from the root. */
async function runTrapped(
  source: string,
  env: Readonly<Record<string, string>>,
): Promise<DiskRun> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(path, source.replaceAll('from "./', `from "${ROOT}`));
  const { code, signal, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "-A", "--no-check", `--config=${ROOT}deno.json`, "--frozen"],
      `--preload=${TRAP}`,
      path,
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1", ...env },
  }).output();
  await Deno.remove(path);
  const err = new TextDecoder().decode(stderr);
  const steps = [...err.matchAll(/^disk: (\w+)$/gm)].map(([, name]) => name!);
  return {
    code: signal === null ? code : 137,
    steps,
    out: new TextDecoder().decode(stdout),
    err: err.replaceAll(/^disk: .*\n/gm, ""),
  };
}

/** Runs it to its end. */
export function runToEnd(source: string): Promise<DiskRun> {
  return runTrapped(source, { DISK_TRAP_AT: "0", DISK_TRAP_FAULT: "" });
}

/**
 * Runs a program again and again, and ends it at the first thing that it does to the disk, at the second,
 * and so on, until it comes to its end.
 *
 * @param check Called after each end but the last.
 * @returns The last run.
 */
export async function killAtEachWrite(
  source: string,
  check: (step: string) => Promise<void>,
): Promise<DiskRun> {
  return await untilWhole(source, "", async (run) => {
    assert.equal(run.code, 137, run.err);
    await check(run.steps.join(" "));
  });
}

/** The same with a disk that refuses everything from that thing on, by the code of an error. */
export async function refuseEachWrite(
  source: string,
  fault: "ENOSPC" | "EROFS",
  check: (run: DiskRun) => Promise<void>,
): Promise<DiskRun> {
  return await untilWhole(source, fault, check);
}

async function untilWhole(
  source: string,
  fault: string,
  check: (run: DiskRun) => Promise<void>,
): Promise<DiskRun> {
  for (let at = 1; at <= MAX_STEPS; at++) {
    const run = await runTrapped(source, { DISK_TRAP_AT: String(at), DISK_TRAP_FAULT: fault });
    if (run.steps.length < at) return run;
    await check(run);
  }
  throw new Error("It never comes to its end");
}

/** Whatever is moved to its place is on the disk before, and its name after. */
export function assertSynced(steps: readonly string[]): void {
  const moves = steps.flatMap((name, at) => name === "rename" ? [at] : []);
  assert.ok(moves.length > 0, steps.join(" "));
  for (const at of moves) {
    assert.deepEqual([steps[at - 1], steps[at + 1]], ["sync", "sync"], steps.join(" "));
  }
}
