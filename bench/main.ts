/**
 * ENTRY of `deno task bench`: picks what is measured.
 *
 * @module
 */

import { say } from "./screen.ts";

type Run = (args: readonly string[]) => Promise<number>;

/** What is measured unless told: all of it, from camera to screen. */
const loadMetrics = () => import("./metrics/main.ts");

/** What else there is: a line for the help, and where it is. */
const BENCHES: Readonly<Record<string, { help: string; load(): Promise<{ run: Run }> }>> = {
  compare: {
    help: "documents of the above beside each other in a table",
    load: () => import("./metrics/compare.ts"),
  },
  vision: {
    help: "the Rust core in Chromium: scalar against SIMD, and against a model's run",
    load: () => import("./vision/main.ts"),
  },
  follow: {
    help: "late boxes brought to the newest frame: how far off, by how; needs no browser",
    load: () => import("./follow/main.ts"),
  },
  load: {
    help: "server mode under load: streams, fairness, latency, and against onnxruntime alone",
    load: () => import("./load/main.ts"),
  },
  loss: {
    help: "frames that arrive whole over a DataChannel that loses packets",
    load: () => import("./load/loss.ts"),
  },
  cluster: {
    help: "inference on several machines: what NATS adds, and whether workers add up",
    load: () => import("./cluster/main.ts"),
  },
  overlay: {
    help: "boxes and latencies by what is seen on the viewer's screen",
    load: () => import("./overlay/main.ts"),
  },
  cameras: {
    help: "the server's drawn scene: frame to screen, bytes, and what one viewer and several cost",
    load: () => import("./cameras/main.ts"),
  },
  visit: {
    help: "a first visit over a fast and a slow link: bytes and times until the first box",
    load: () => import("./visit/main.ts"),
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
};

const LIST = `Measures Peerlens.

  deno task bench             the whole app, from camera to screen: metrics.json
${
  Object.entries(BENCHES).map(([name, { help }]) => `  deno task bench ${name.padEnd(12)}${help}`)
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

// Before anything loads onnxruntime: nothing of what is measured is reported to its makers.
Deno.env.set("ORT_DISABLE_TELEMETRY", "1");
Deno.exit(await main(Deno.args));
