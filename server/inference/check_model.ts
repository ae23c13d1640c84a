import type { ModelEntry, TensorFact } from "@/protocol";
import { type FrameLayout, initVision, type Vision, VisionSet } from "@/vision";
import { outputFault } from "./output_faults.ts";
import { createSession, probeOutputs, type ProbeSource } from "./session.ts";

// ENTRY of a process that `deno task models` starts to look at one model: a file that nobody knows yet
// may crash or hang the runtime, and then takes nothing else with it. One request as its argument, one
// answer on its standard output, both JSON.

/** What is to be done with a model. */
export type CheckRequest =
  | ({ readonly kind: "probe" } & ProbeSource)
  | {
    readonly kind: "check";
    readonly entry: ModelEntry;
    readonly path: string;
    /** A JPEG; `null`: a drawn picture, in which there is nothing to be found. */
    readonly picturePath: string | null;
  };

/** What a check saw. */
export interface CheckResult {
  /** Median of a few runs, ms. */
  readonly runMs: number;
  /** Boxes at the model's own threshold: their classes and scores, the best first. */
  readonly found: readonly { readonly classId: number; readonly score: number }[];
}

/** What comes back. */
export type CheckAnswer =
  | { readonly kind: "outputs"; readonly outputs: readonly TensorFact[] }
  | { readonly kind: "checked"; readonly result: CheckResult }
  /** A sentence without its end. */
  | { readonly kind: "fault"; readonly message: string };

async function check(
  { entry, path, picturePath }: Extract<CheckRequest, { kind: "check" }>,
): Promise<CheckResult> {
  await initVision();
  const visions = new VisionSet(entry);
  const vision = visions.at(entry.input);
  const session = await createSession({
    entry,
    path,
    headShapeOf: () => vision.headShape,
    provider: "cpu",
    threads: 2,
  });
  const layout = picturePath === null
    ? drawPicture(vision, entry.input)
    : readPicture(vision, await Deno.readFile(picturePath));
  const output = await session.run(vision.letterbox(layout));
  const fault = outputFault(entry, output);
  if (fault !== null) {
    throw new Error(`${entry.file} does not fit: output "${entry.head.name}" ${fault}`);
  }
  vision.writeHead(output);
  const { scoreThreshold, iouThreshold } = entry;
  const found = vision.detect({ scoreThreshold, iouThreshold })
    .map(({ classId, score }) => ({ classId, score }));
  await session.close();
  return { runMs: session.runMs, found };
}

function readPicture(vision: Vision, jpeg: Uint8Array): FrameLayout {
  vision.jpegBuffer(jpeg.length).set(jpeg);
  return vision.readJpeg();
}

/** Slopes and an edge: numbers of all sizes reach the model. Of the input's shape: no padding. */
function drawPicture(vision: Vision, { widthPx, heightPx }: ModelEntry["input"]): FrameLayout {
  const rgba = vision.frameBuffer(widthPx * heightPx * 4);
  for (let at = 0; at < widthPx * heightPx; at++) {
    const [x, y] = [(at % widthPx) / widthPx, Math.floor(at / widthPx) / heightPx];
    const isInside = Math.hypot(x - 0.5, y - 0.5) < 0.3;
    rgba.set([x * 255, y * 255, isInside ? 220 : 40, 255], at * 4);
  }
  const planes = [{ offset: 0, stride: widthPx * 4 }];
  return { format: "RGBA", widthPx, heightPx, planes, matrix: "bt601", range: "full" };
}

async function answer(request: CheckRequest): Promise<CheckAnswer> {
  try {
    return request.kind === "probe"
      ? { kind: "outputs", outputs: await probeOutputs(request) }
      : { kind: "checked", result: await check(request) };
  } catch (error) {
    return { kind: "fault", message: error instanceof Error ? error.message : String(error) };
  }
}

if (import.meta.main) {
  const text = JSON.stringify(await answer(JSON.parse(Deno.args[0]!)));
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
  // Threads of the runtime do not hold the process.
  Deno.exit(0);
}
