/** A process of ours that is spoken to in lines. */
export interface LineProcess extends AsyncDisposable {
  readonly pid: number;
  /** The next line of its output. @throws {Error} If it ends, or says nothing in time. */
  next(timeoutMs: number): Promise<string>;
  /** Says something to it: with nothing, that it may go on. */
  say(line?: string): Promise<void>;
}

/** What part of the bench to start, and where. */
export interface PartCommand {
  /** Its file, from this folder. */
  readonly file: string;
  /** Its only argument, as JSON. */
  readonly config: unknown;
  /** The CPUs that it may use, as `taskset` takes them; `null`: as this process. */
  readonly cpus: string | null;
  /** Goes before the command: a namespace to run it in. */
  readonly within?: readonly string[];
  /** Beside {@linkcode PERMISSIONS}. */
  readonly permissions?: readonly string[];
}

/** Native add-ons, files and, for the clients of the app, the network. */
const PERMISSIONS = [
  "--allow-read",
  "--allow-ffi",
  "--allow-net",
  "--allow-sys=cpus,networkInterfaces,hostname",
];

/** Starts a part of the bench in a process of its own; it is killed when it is let go of. */
export function startPart(
  { file, config, cpus, within = [], permissions = [] }: PartCommand,
): LineProcess {
  const entry = new URL(file, import.meta.url).pathname;
  const pinned = cpus === null ? [] : ["taskset", "-c", cpus];
  const allowed = [...PERMISSIONS, ...permissions];
  const deno = [Deno.execPath(), "run", "--quiet", "--no-prompt", ...allowed, entry];
  const [command, ...args] = [...within, ...pinned, ...deno, JSON.stringify(config)];
  const child = new Deno.Command(command!, { args, stdin: "piped", stdout: "piped" }).spawn();
  const writer = child.stdin.getWriter();
  const lines = readLines(child.stdout);
  let isOver = false;
  child.status.then(() => isOver = true);
  return {
    pid: child.pid,
    async next(timeoutMs) {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<never>((_, reject) => {
        const error = new Error(`Cannot measure: ${file} says nothing for ${timeoutMs} ms`);
        timer = setTimeout(() => reject(error), timeoutMs);
      });
      try {
        const { value, done } = await Promise.race([lines.next(), late]);
        if (done) throw new Error(`Cannot measure: ${file} ended too early`);
        return value;
      } finally {
        clearTimeout(timer);
      }
    },
    say: (line = "") => writer.write(new TextEncoder().encode(`${line}\n`)),
    async [Symbol.asyncDispose]() {
      await writer.close().catch(() => {});
      if (!isOver) child.kill("SIGKILL");
      await child.status;
    },
  };
}

/** Text line by line, without what ends each. */
export async function* readLines(
  bytes: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const text of bytes.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
