import { fileURLToPath } from "node:url";

/** What a program said. */
export interface Said {
  readonly success: boolean;
  readonly stdout: string;
  /** Also why it could not be started. */
  readonly stderr: string;
}

/** Whether there is a Python that can have packages of its own, as new as the pinned ones need. */
export async function hasPython(): Promise<boolean> {
  const needs = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))";
  return (await runProgram("python3", ["-c", needs])).success;
}

/**
 * A Python with the packages of a `requirements.txt`, in `.out/NAME`. It is kept between runs: it takes
 * longer to make than most of what it is for.
 *
 * @returns Its path.
 * @throws {Error} With what Python says, if it cannot be made.
 */
export async function pythonWith(requirements: URL, name: string): Promise<string> {
  const folder = fileURLToPath(new URL(`../.out/${name}`, import.meta.url));
  const path = `${folder}/bin/python`;
  if (!(await runProgram(path, ["-m", "pip", "--version"])).success) {
    await mustRun("python3", ["-m", "venv", "--clear", folder]);
  }
  await mustRun(path, ["-m", "pip", "install", "--quiet", "-r", fileURLToPath(requirements)]);
  return path;
}

/** Runs a program to its end. @returns What it wrote. @throws {Error} With what it says, if it fails. */
export async function mustRun(
  command: string,
  args: readonly string[],
  stdin = "",
): Promise<string> {
  const { success, stdout, stderr } = await runProgram(command, args, stdin);
  if (success) return stdout;
  throw new Error(`Cannot run ${command} ${args.join(" ")}: ${stdout}${stderr}`);
}

/** Runs a program to its end. One that is not here fails like any other. */
export async function runProgram(
  command: string,
  args: readonly string[],
  stdin = "",
): Promise<Said> {
  try {
    const child = new Deno.Command(command, {
      args: [...args],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    // One that ends early has its reasons, which it writes.
    const written = writer.write(new TextEncoder().encode(stdin)).then(() => writer.close())
      .catch(() => {});
    const [{ success, stdout, stderr }] = await Promise.all([child.output(), written]);
    const decoder = new TextDecoder();
    return { success, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  } catch (error) {
    return { success: false, stdout: "", stderr: String(error) };
  }
}
