/**
 * ENTRY of `deno task bench`: picks what is measured.
 *
 * @module
 */

type Run = (args: readonly string[]) => Promise<number>;

/** What can be measured: a line for the help, and where it is. */
const BENCHES: Readonly<Record<string, { help: string; load(): Promise<{ run: Run }> }>> = {
  vision: {
    help: "the Rust core in Chromium: scalar against SIMD, and against a model's run",
    load: () => import("./vision/main.ts"),
  },
  jpeg: {
    help: "JPEG to tensor in the Rust core against a native decoder",
    load: () => import("./jpeg/main.ts"),
  },
  load: {
    help: "server mode under load: streams, fairness, latency, and against onnxruntime alone",
    load: () => import("./load/main.ts"),
  },
  recovery: {
    help: "server mode: how soon detections are back after its process died or hung",
    load: () => import("./recovery/main.ts"),
  },
  loss: {
    help: "frames that arrive whole over a DataChannel that loses packets",
    load: () => import("./load/loss.ts"),
  },
  clock: {
    help: "capture times against a clock drawn into the picture",
    load: () => import("./clock/main.ts"),
  },
  overlay: {
    help: "boxes and latencies by what is seen on the viewer's screen",
    load: () => import("./overlay/main.ts"),
  },
  quality: {
    help: "what JPEG costs in accuracy on the way to the server, by its quality",
    load: () => import("./accuracy/main.ts"),
  },
};

const HELP = `Measures Peerlens.

${
  Object.entries(BENCHES).map(([name, { help }]) => `  deno task bench ${name.padEnd(10)}${help}`)
    .join("\n")
}

  deno task bench NAME --help says more.
`;

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === "--help" || name === "-h" || name === "help") return say(Deno.stdout, HELP, 0);
  const bench = name === undefined ? undefined : BENCHES[name];
  if (bench === undefined) {
    return say(Deno.stderr, name === undefined ? HELP : `Cannot measure ${name}\n\n${HELP}`, 2);
  }
  return await (await bench.load()).run(args);
}

function say(stream: typeof Deno.stdout | typeof Deno.stderr, text: string, code: number): number {
  stream.writeSync(new TextEncoder().encode(text));
  return code;
}

Deno.exit(await main(Deno.args));
