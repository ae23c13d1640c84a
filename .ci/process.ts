/** How {@linkcode run} starts its command. */
export interface RunOptions {
  readonly cwd?: string;
  /** Added to this process's own environment. */
  readonly env?: Record<string, string>;
  /** `inherit` shows the output as it comes; `keep` keeps it instead. */
  readonly output?: "inherit" | "keep";
  /** The command is ended after this long. */
  readonly timeoutMs?: number;
}

/** What became of a command. */
export interface RunResult {
  readonly code: number;
  /** Standard output and error in the order of arrival; empty with `inherit`. */
  readonly text: string;
}

/**
 * Runs a command to its end. A command that cannot be started, or that ran out of time, has a code
 * other than 0 and says so in `text` (and on the screen): no exception for a caller to forget.
 */
export async function run(
  command: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const [program = "", ...args] = command;
  const output = options.output ?? "inherit";
  const stdio = output === "inherit" ? output : "piped";
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program, {
      args,
      cwd: options.cwd ?? ROOT,
      // Reports of onnxruntime to its makers are nobody's wish, and overflow the stack of Workers.
      env: { ORT_DISABLE_TELEMETRY: "1", ...options.env },
      stdin: "null",
      stdout: stdio,
      stderr: stdio,
    }).spawn();
  } catch (error) {
    const text = `Cannot start ${program}: ${error instanceof Error ? error.message : error}\n`;
    if (output !== "keep") print(text);
    return { code: 127, text };
  }
  let text = "";
  let timedOut = false;
  let hard: ReturnType<typeof setTimeout> | undefined;
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => {
    timedOut = true;
    child.kill("SIGTERM");
    // A runner that hangs in native code does not hear SIGTERM.
    hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
  }, options.timeoutMs);
  if (stdio === "piped") {
    await Promise.all([child.stdout, child.stderr].map(async (stream) => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) {
        text += decoder.decode(chunk, { stream: true });
      }
    }));
  }
  const { code } = await child.status;
  clearTimeout(timer);
  clearTimeout(hard);
  if (timedOut) {
    const note = `${program} was ended after ${options.timeoutMs} ms\n`;
    if (output !== "keep") print(note);
    return { code: code || 124, text: text + note };
  }
  return { code, text };
}

/** The repository's root, without a slash at its end. */
export const ROOT = new URL("..", import.meta.url).pathname.replace(/\/$/, "");

/** This very Deno, which need not be on PATH. */
export const DENO = Deno.execPath();

const encoder = new TextEncoder();

/** Writes to standard output at once and unchanged. */
export function print(text: string): void {
  const bytes = encoder.encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

/** Whether a path relative to the root exists. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(`${ROOT}/${path}`);
    return true;
  } catch {
    return false;
  }
}
