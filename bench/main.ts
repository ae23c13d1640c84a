/**
 * ENTRY of `deno task bench`: picks what is measured.
 *
 * @module
 */

type Run = (args: readonly string[]) => Promise<number>;

/** What is measured unless told: all of it, from camera to screen. */
const loadMetrics = () => import("./metrics/main.ts");

/** What else there is: a line for the help, and where it is. */
const BENCHES: Readonly<Record<string, { help: string; load(): Promise<{ run: Run }> }>> = {
  compare: {
    help: "documents of the above beside each other: a table, and a page with charts",
    load: () => import("./metrics/compare.ts"),
  },
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
  dashboard: {
    help: "what the charts of the viewer's page cost its browser",
    load: () => import("./dashboard/main.ts"),
  },
  faults: {
    help: "faults and attacks: what is lost, and how soon everybody is back",
    load: () => import("./faults/main.ts"),
  },
  soak: {
    help: "half an hour of both modes: memory of every process, and its slope",
    load: () => import("./soak/main.ts"),
  },
  screenshot: {
    help: "no figures: the picture at the top of README.md",
    load: () => import("./screenshot/main.ts"),
  },
  models: {
    help: "models beside each other: accuracy, size, time natively and in Chromium",
    load: () => import("./models/main.ts"),
  },
  container: {
    help: "the image and the compose file: contents, size, start, both modes, end",
    load: () => import("./container/main.ts"),
  },
  accuracy: {
    help:
      "what the app itself finds, evaluated by pycocotools beside an independent implementation",
    load: () => import("./accuracy/main.ts"),
  },
  quality: {
    help: "what JPEG costs in accuracy on the way to the server, by its quality",
    load: () => import("./quality/main.ts"),
  },
};

const LIST = `Measures Peerlens.

  deno task bench           the whole app, from camera to screen: metrics.json
${
  Object.entries(BENCHES).map(([name, { help }]) => `  deno task bench ${name.padEnd(10)}${help}`)
    .join("\n")
}

  deno task bench --help and deno task bench NAME --help say more.
`;

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name.startsWith("-")) return await (await loadMetrics()).run(args);
  if (name === "list" || name === "help") return say(Deno.stdout, LIST, 0);
  const bench = BENCHES[name];
  if (bench === undefined) return say(Deno.stderr, `Cannot measure ${name}\n\n${LIST}`, 2);
  return await (await bench.load()).run(rest);
}

function say(stream: typeof Deno.stdout | typeof Deno.stderr, text: string, code: number): number {
  stream.writeSync(new TextEncoder().encode(text));
  return code;
}

// Before anything loads onnxruntime: nothing of what is measured is reported to its makers.
Deno.env.set("ORT_DISABLE_TELEMETRY", "1");
Deno.exit(await main(Deno.args));
