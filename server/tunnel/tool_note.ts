import { replaceFile, withLock } from "../base/kept_file.ts";

/**
 * A note on disk of the program that runs, so that it can be ended when this server was killed and
 * could not. `deno task start` reads it, before and after.
 */
export interface ToolNote {
  readonly pid: number;
  /** Stands in its command line, and so does the port. */
  readonly program: string;
  readonly port: number;
  /** Process of the server that started it. */
  readonly serverPid: number;
}

/** Part of the command line of every server. */
const SERVER_MARK = "server/main.ts";

/** Programs get this long to end by themselves. */
const TERM_MS = 500;

function pathOf(dataDir: string): string {
  return `${dataDir}/tunnel.json`;
}

/** Writes the note. Not being able to is no reason to be without a tunnel. */
export async function writeNote(dataDir: string, note: ToolNote): Promise<void> {
  await withLock(dataDir, () => replaceFile(pathOf(dataDir), JSON.stringify(note)));
}

/** Removes the note: the program has ended. */
export async function removeNote(dataDir: string): Promise<void> {
  await Deno.remove(pathOf(dataDir)).catch(() => {});
}

/**
 * Ends a program that a killed server has left behind. A process under the same number that does not
 * look like it, and one whose server still runs, are left alone.
 *
 * @returns Whether there was one.
 */
export async function endLeftover(dataDir: string): Promise<boolean> {
  const note = await readNote(dataDir);
  if (note === null || (await commandLine(note.serverPid)).includes(SERVER_MARK)) return false;
  await removeNote(dataDir);
  const words = await commandLine(note.pid);
  if (!words.includes(note.program) || !words.includes(String(note.port))) return false;
  kill(note.pid, "SIGTERM");
  for (let waitedMs = 0; waitedMs < TERM_MS && await commandLine(note.pid) !== "";) {
    await new Promise((resolve) => setTimeout(resolve, TERM_MS / 10));
    waitedMs += TERM_MS / 10;
  }
  kill(note.pid, "SIGKILL");
  return true;
}

async function readNote(dataDir: string): Promise<ToolNote | null> {
  const text = await Deno.readTextFile(pathOf(dataDir)).catch(() => "null");
  try {
    const note: Partial<ToolNote> | null = JSON.parse(text);
    const { pid, program, port, serverPid } = note ?? {};
    const isWhole = [pid, port, serverPid].every((value) =>
      Number.isInteger(value) && value! > 1
    ) &&
      typeof program === "string" && program !== "";
    return isWhole ? note as ToolNote : null;
  } catch {
    return null;
  }
}

/** Command line of a process; empty when there is none, or no `ps` to ask. */
async function commandLine(pid: number): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("ps", { args: ["-p", String(pid), "-o", "args="] })
      .output();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return "";
  }
}

function kill(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(pid, signal);
  } catch {
    // It has ended.
  }
}
