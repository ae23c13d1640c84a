import type { ModelEntry } from "@/protocol";
import { type FrameLayout, headFault, initVision, Vision } from "@/vision";
import { DRAWN_PICTURES, type DrawnPicture, drawPixels, drawRgba } from "./drawn_pictures.ts";
import { createSession, type ProbedOutput, probeOutputs, type ProbeSource } from "./session.ts";

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
    /** JPEGs that it is tried on, after the drawn ones. */
    readonly photos: readonly CheckPhoto[];
    /** A JPEG; says what is found in it. `null`: none. */
    readonly picturePath: string | null;
  };

/** A picture of which it is known what is in it. */
export interface CheckPhoto {
  readonly path: string;
  /** Classes of things in it, as the model counts them. */
  readonly expects: readonly number[];
}

/** A box, by class and score. */
export interface CheckFind {
  readonly classId: number;
  readonly score: number;
  readonly box: {
    readonly xmin: number;
    readonly ymin: number;
    readonly xmax: number;
    readonly ymax: number;
  };
}

/** What a check saw. */
export interface CheckResult {
  /** Median of a few runs, ms. */
  readonly runMs: number;
  /** Boxes at the model's own threshold, in the picture or else the first drawn one; the best first. */
  readonly found: readonly CheckFind[];
  /** Of each photograph, the classes that are in it and were not found. */
  readonly missed: readonly (readonly number[])[];
}

/** A probed output as it travels: its numbers as Base64 of f32, little-endian. */
export type SentOutput = Omit<ProbedOutput, "numbers"> & { readonly numbers: string | null };

/** What comes back. */
export type CheckAnswer =
  /** Of each picture. */
  | { readonly kind: "outputs"; readonly runs: readonly (readonly SentOutput[])[] }
  | { readonly kind: "checked"; readonly result: CheckResult }
  /** A sentence without its end. */
  | { readonly kind: "fault"; readonly message: string };

async function check(
  { entry, path, photos, picturePath }: Extract<CheckRequest, { kind: "check" }>,
): Promise<CheckResult> {
  await initVision();
  const vision = new Vision(entry);
  const headShapesOf = () => vision.headShapes;
  const session = await createSession({ entry, path, headShapesOf, provider: "cpu", threads: 2 });
  const { scoreThreshold, iouThreshold } = entry;

  async function find(layout: FrameLayout): Promise<CheckFind[]> {
    const outputs = await session.run(vision.letterbox(layout));
    const fault = headFault(entry, outputs);
    if (fault !== null) {
      const name = entry.head.outputs[fault.tensor];
      throw new Error(`${entry.file} does not fit: output "${name}" ${fault.message}`);
    }
    vision.writeHead(outputs);
    return vision.detect({ scoreThreshold, iouThreshold });
  }

  const drawn: CheckFind[][] = [];
  for (const picture of DRAWN_PICTURES) drawn.push(await find(draw(vision, picture, entry.input)));
  const missed: number[][] = [];
  for (const photo of photos) {
    const found = await find(readPicture(vision, await Deno.readFile(photo.path)));
    missed.push(photo.expects.filter((wanted) => !found.some(({ classId }) => classId === wanted)));
  }
  const found = picturePath === null
    ? drawn[0]!
    : await find(readPicture(vision, await Deno.readFile(picturePath)));
  await session.close();
  return { runMs: session.runMs, found, missed };
}

function readPicture(vision: Vision, jpeg: Uint8Array): FrameLayout {
  vision.jpegBuffer(jpeg.length).set(jpeg);
  return vision.readJpeg();
}

/** Of the input's shape: no padding. */
function draw(
  vision: Vision,
  picture: DrawnPicture,
  { widthPx, heightPx }: ModelEntry["input"],
): FrameLayout {
  drawRgba(picture, { widthPx, heightPx }, vision.frameBuffer(widthPx * heightPx * 4));
  const planes = [{ offset: 0, stride: widthPx * 4 }];
  return { format: "RGBA", widthPx, heightPx, planes, matrix: "bt601", range: "full" };
}

async function probe(source: ProbeSource): Promise<SentOutput[][]> {
  const pictures = DRAWN_PICTURES.map((picture) => drawPixels(picture, source.input));
  const runs = await probeOutputs(source, pictures);
  return runs.map((outputs) =>
    outputs.map(({ numbers, ...fact }) => ({
      ...fact,
      numbers: numbers === null ? null : new Uint8Array(numbers.buffer).toBase64(),
    }))
  );
}

async function answer(request: CheckRequest): Promise<CheckAnswer> {
  try {
    return request.kind === "probe"
      ? { kind: "outputs", runs: await probe(request) }
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
