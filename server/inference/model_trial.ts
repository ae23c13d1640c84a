import type { ModelEntry } from "@/protocol";
import { type FrameLayout, headFault, initVision, Vision } from "@/vision";
import type {
  BoundedRequest,
  CheckAnswer,
  CheckFind,
  CheckResult,
  ProbeSource,
  SentOutput,
} from "../../models/model_check.ts";
import { DRAWN_PICTURES, type DrawnPicture, drawPixels, drawRgba } from "./drawn_pictures.ts";
import { createSession, probeOutputs } from "./session.ts";

/**
 * Looks at one model, on this thread. What is wrong with it is an answer; what ends the runtime ends
 * this process, and memory is not watched.
 */
export async function tryModel(request: BoundedRequest): Promise<CheckAnswer> {
  try {
    return request.kind === "probe"
      ? { kind: "outputs", runs: await probe(request) }
      : { kind: "checked", result: await check(request) };
  } catch (error) {
    return { kind: "fault", message: error instanceof Error ? error.message : String(error) };
  }
}

async function check(
  { entry, path, photos, picturePath, limits }: Extract<BoundedRequest, { kind: "check" }>,
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
  if (session.runMs > limits.maxRunMs) {
    const runS = (session.runMs / 1000).toFixed(1);
    throw new Error(`a run takes ${runS} s, more than the ${limits.maxRunMs / 1000} s that it may`);
  }
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

async function probe(
  { limits, ...source }: ProbeSource & Pick<BoundedRequest, "limits">,
): Promise<SentOutput[][]> {
  const pictures = DRAWN_PICTURES.map((picture) => drawPixels(picture, source.input));
  const runs = await probeOutputs(source, pictures, limits.maxOutputNumbers);
  return runs.map((outputs) =>
    outputs.map(({ numbers, ...fact }) => ({
      ...fact,
      numbers: numbers === null ? null : new Uint8Array(numbers.buffer).toBase64(),
    }))
  );
}
