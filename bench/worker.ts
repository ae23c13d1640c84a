import { ROOT } from "./server.ts";

/** A worker, started as a person starts it. */
export interface RigWorker extends AsyncDisposable {
  /** Of this run of it, as servers name their members. */
  readonly id: string;
  /** All that it has written so far. */
  output(): string;
  /** Waits until its log says so. @throws {Error} If it ends without. */
  says(words: string): Promise<void>;
  /** Sends the worker itself a signal, and waits for its launcher's end where it ends by that. */
  signal(signal: Deno.Signal): Promise<void>;
}

/** It is looked at this often. */
const LOOK_MS = 25;

/** Starts one. @param options `nats`: a URL for `--nats`. */
export async function startWorker(
  { nats, flags = [], env = {} }: {
    readonly nats: string;
    readonly flags?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<RigWorker> {
  const child = new Deno.Command(`${ROOT}/start.sh`, {
    args: ["worker", "--nats", nats, ...flags],
    cwd: ROOT,
    env: { PEERLENS_LOG: "json", PEERLENS_MODELS: "", ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let output = "";
  let isOver = false;
  const streams = Promise.all([child.stdout, child.stderr].map(async (stream) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) output += text;
  }));
  const ended = child.status.then(() => isOver = true);
  const says = async (words: string) => {
    while (!output.includes(words)) {
      if (isOver) throw new Error(`The worker ended: ${output}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  await says('"event":"worker started"');
  const pid = Number(/"event":"worker started"[^\n]*"pid":(\d+)/.exec(output)![1]);
  return {
    id: /"event":"worker started"[^\n]*"id":"(\w+)"/.exec(output)![1]!,
    output: () => output,
    says,
    async signal(signal) {
      if (!isOver) Deno.kill(pid, signal);
      if (signal === "SIGSTOP" || signal === "SIGCONT") return;
      await ended;
      await streams;
    },
    async [Symbol.asyncDispose]() {
      if (!isOver) child.kill("SIGTERM");
      await ended;
      await streams;
    },
  };
}
