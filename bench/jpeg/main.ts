import { cpuUsage } from "node:process";
import { initVision, Vision, type VisionSpec } from "@/vision";
import sharp from "sharp";
import { machineFacts } from "../machine.ts";

/**
 * Measures the two ways from JPEG bytes to a model's tensor on the server: our core alone, and sharp
 * (libvips, libjpeg-turbo) with our letterbox behind it.
 *
 * @module
 */

const RESULT = new URL("../results/jpeg.json", import.meta.url);
const DEFAULT_ROUNDS = 200;
const WARM_UP_ROUNDS = 20;
/** As `OffscreenCanvas.convertToBlob` is asked for in the middle of its range. */
const QUALITY = 75;
const SIZES = [[416, 312], [640, 480], [1280, 720]] as const;
const PICTURES = ["bus.jpg", "dog.jpg"];
const SPEC: VisionSpec = {
  input: {
    widthPx: 416,
    heightPx: 416,
    placement: "top-left",
    pad: 114,
    order: "bgr",
    mean: [0, 0, 0],
    std: [1, 1, 1],
  },
  head: { kind: "yolox", classes: 80, strides: [] },
};

const HELP =
  `Measures JPEG to tensor, the Rust core against sharp, and writes bench/results/jpeg.json.

  deno task bench jpeg [--rounds=${DEFAULT_ROUNDS}]

PEERLENS_ASSETS names the folder with the pictures (images/${PICTURES.join(", images/")}).
`;

/** One way, at one size. */
interface Samples {
  /** From the bytes to the tensor, by the clock. */
  readonly latencyMs: number[];
  /** What all threads of the process took for it. */
  readonly cpuMs: number[];
}

/** A picture encoded at one size. */
interface Sample {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly jpegs: readonly Uint8Array[];
}

/**
 * Measures, prints a table, writes the JSON.
 *
 * @returns The exit code: 0, or 2 when the arguments are not understood or a picture is not found.
 */
export async function run(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) return say(HELP, 0);
  let rounds = DEFAULT_ROUNDS;
  for (const arg of args) {
    rounds = Number(/^--rounds=(\d{1,5})$/.exec(arg)?.[1]);
    if (!(rounds > 0)) return say(`Cannot understand ${arg}\n\n${HELP}`, 2);
  }
  const assets = Deno.env.get("PEERLENS_ASSETS");
  if (assets === undefined) return say(`Cannot find pictures: PEERLENS_ASSETS is not set\n`, 2);
  const samples: Sample[] = [];
  for (const [widthPx, heightPx] of SIZES) {
    const jpegs: Uint8Array[] = [];
    for (const name of PICTURES) {
      const path = `${assets}/images/${name}`;
      const file = await Deno.readFile(path).catch(() => undefined);
      if (file === undefined) return say(`Cannot read ${path}\n`, 2);
      const scaled = sharp(file).resize(widthPx, heightPx, { fit: "cover" });
      jpegs.push(await scaled.jpeg({ quality: QUALITY }).toBuffer());
    }
    samples.push({ widthPx, heightPx, jpegs });
  }
  await initVision();
  const vision = new Vision(SPEC);
  const results = [];
  for (const sample of samples) results.push(await measure(vision, sample, rounds));
  vision.free();
  const report = {
    schema: 1,
    "measured_at": new Date().toISOString(),
    machine: machineFacts(),
    versions: { sharp: sharp.versions.sharp, vips: sharp.versions.vips },
    "sharp_threads": sharp.concurrency(),
    rounds,
    quality: QUALITY,
    sizes: results,
  };
  await Deno.mkdir(new URL("./", RESULT), { recursive: true });
  await Deno.writeTextFile(RESULT, `${JSON.stringify(report, undefined, 2)}\n`);
  return say(table(results), 0);
}

/** Both ways in turn on each picture, so that a busy moment hits both alike. */
async function measure(vision: Vision, { widthPx, heightPx, jpegs }: Sample, rounds: number) {
  const core: Samples = { latencyMs: [], cpuMs: [] };
  const native: Samples = { latencyMs: [], cpuMs: [] };
  const decodeMs: number[] = [];
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    const jpeg = jpegs[Math.abs(round) % jpegs.length]!;
    const coreTimes = await timed(() => {
      const started = performance.now();
      const layout = readJpeg(vision, jpeg);
      const decoded = performance.now() - started;
      vision.letterbox(layout);
      if (round >= 0) decodeMs.push(decoded);
    });
    const nativeTimes = await timed(() => sharpToTensor(vision, jpeg));
    if (round < 0) continue;
    core.latencyMs.push(coreTimes.latencyMs);
    core.cpuMs.push(coreTimes.cpuMs);
    native.latencyMs.push(nativeTimes.latencyMs);
    native.cpuMs.push(nativeTimes.cpuMs);
  }
  const ratio = (key: keyof Samples) => median(native[key]) / median(core[key]);
  return {
    "width_px": widthPx,
    "height_px": heightPx,
    bytes: jpegs.map(({ length }) => length),
    core: { ...summary(core), "decode_ms_median": median(decodeMs) },
    sharp: summary(native),
    "sharp_over_core": { latency: ratio("latencyMs"), cpu: ratio("cpuMs") },
  };
}

function readJpeg(vision: Vision, jpeg: Uint8Array) {
  vision.jpegBuffer(jpeg.length).set(jpeg);
  return vision.readJpeg();
}

async function sharpToTensor(vision: Vision, jpeg: Uint8Array): Promise<void> {
  const { data, info } = await sharp(jpeg).raw().toBuffer({
    resolveWithObject: true,
  });
  vision.frameBuffer(data.length).set(data);
  vision.letterbox({
    format: "RGB",
    widthPx: info.width,
    heightPx: info.height,
    planes: [{ offset: 0, stride: info.width * 3 }],
    matrix: "bt601",
    range: "full",
  });
}

async function timed(work: () => void | Promise<void>) {
  const before = cpuUsage();
  const started = performance.now();
  await work();
  const latencyMs = performance.now() - started;
  const { user, system } = cpuUsage(before);
  return { latencyMs, cpuMs: (user + system) / 1000 };
}

function summary({ latencyMs, cpuMs }: Samples) {
  return {
    "latency_ms": { median: median(latencyMs), p95: quantile(latencyMs, 0.95) },
    "cpu_ms": { median: median(cpuMs), mean: cpuMs.reduce((a, b) => a + b, 0) / cpuMs.length },
  };
}

function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value that the share `q` of the values do not exceed, between neighbours in proportion. */
function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = q * (sorted.length - 1);
  const low = sorted[Math.floor(at)]!;
  return low + (sorted[Math.ceil(at)]! - low) * (at % 1);
}

function table(results: readonly Awaited<ReturnType<typeof measure>>[]): string {
  const ms = (value: number) => value.toFixed(2).padStart(9);
  const lines = results.flatMap(({ width_px, height_px, core, sharp, sharp_over_core }) => {
    const size = `${width_px}x${height_px}`.padEnd(10);
    const way = (name: string, { latency_ms, cpu_ms }: ReturnType<typeof summary>) =>
      `  ${size}${name.padEnd(8)}${ms(latency_ms.median)}${ms(latency_ms.p95)}` +
      `${ms(cpu_ms.median)}${ms(cpu_ms.mean)}`;
    const verdict = (what: string, ratio: number) =>
      `${ratio >= 1 ? "core" : "sharp"} ${Math.max(ratio, 1 / ratio).toFixed(2)} x ${what}`;
    const faster = `  ${size}faster: ${verdict("by the clock", sharp_over_core.latency)}, ` +
      verdict("in CPU time", sharp_over_core.cpu);
    return [way("core", core), way("sharp", sharp), faster];
  });
  return [
    "JPEG bytes to a 416x416 tensor, ms",
    `  size      way       median      p95  cpu med.  cpu mean`,
    ...lines,
    "",
  ].join("\n");
}

function say(text: string, code: number): number {
  const stream = code === 2 ? Deno.stderr : Deno.stdout;
  stream.writeSync(new TextEncoder().encode(text));
  return code;
}

if (import.meta.main) Deno.exit(await run(Deno.args));
