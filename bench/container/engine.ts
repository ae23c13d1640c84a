/** The repository's root, without a slash at its end. */
const ROOT = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** Containers, volumes and networks of ours begin with it, and with nothing of anybody else's. */
export const PROJECT = "peerlens-bench";

/** How a command of the engine is run. */
export interface EngineOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Whether what it writes is shown as it comes: for what takes long. */
  readonly shows?: boolean;
}

/** Runs `docker`. @returns What it wrote. @throws {Error} With what it wrote if it fails. */
export function docker(args: readonly string[], options?: EngineOptions): Promise<string> {
  return run(["docker", ...args], options);
}

let composeCommand: readonly string[] | undefined;

/** Runs Compose, whichever of its two names it has here, for a project of our own. */
export async function compose(args: readonly string[], options?: EngineOptions): Promise<string> {
  composeCommand ??= await findCompose();
  return await run([...composeCommand, "--project-name", PROJECT, ...args], options);
}

/** @throws {Error} Saying what is missing. */
export async function ensureEngine(): Promise<void> {
  try {
    await docker(["info"]);
  } catch (error) {
    throw new Error(`This needs a running Docker engine: ${(error as Error).message}`);
  }
  await findCompose();
}

async function findCompose(): Promise<readonly string[]> {
  for (const command of [["docker", "compose"], ["docker-compose"]]) {
    try {
      await run([...command, "version"]);
      return command;
    } catch {
      // The other name, then.
    }
  }
  throw new Error("This needs Docker Compose: `docker compose` or `docker-compose`");
}

async function run(
  [command, ...args]: readonly string[],
  { env = {}, shows = false }: EngineOptions = {},
): Promise<string> {
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(command!, {
      args,
      cwd: ROOT,
      env: { ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    throw new Error(`Cannot run ${command}: ${(error as Error).message}`);
  }
  let out = "";
  let all = "";
  const read = async (stream: ReadableStream<Uint8Array>, take: (text: string) => void) => {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      const text = decoder.decode(chunk, { stream: true });
      take(text);
      all += text;
      if (shows) Deno.stderr.writeSync(new TextEncoder().encode(text));
    }
  };
  await Promise.all([read(child.stdout, (text) => out += text), read(child.stderr, () => {})]);
  const { code } = await child.status;
  if (code === 0) return out.trim();
  throw new Error(`${command} ${args.join(" ")}: status ${code}: ${all.trim().slice(-2000)}`);
}
