// This module is browser compatible.
import {
  type Detection,
  HeadNumbers,
  type OutputData,
  Vision,
  type VisionSpec,
} from "../../crates/vision/mod.ts";

/** One picture for one model. */
export interface ParityTask {
  readonly spec: VisionSpec;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly scoreThreshold: number;
  readonly iouThreshold: number;
}

/** What one place made of a task. */
export interface ParityAnswer {
  /** SHA-256 in hex over the bytes of the model's input. */
  readonly tensorSha256: string;
  readonly detections: readonly Detection[];
}

/** Runs a model on its input, `[1, 3, heightPx, widthPx]`; gives the head's tensors. */
export type RunModel = (tensor: Float32Array, dims: number[]) => Promise<readonly OutputData[]>;

/** The frame path on one RGBA picture, the same code wherever it runs. */
export async function detectOnce(
  { spec, widthPx, heightPx, scoreThreshold, iouThreshold }: ParityTask,
  rgba: Uint8Array,
  run: RunModel,
): Promise<ParityAnswer> {
  const vision = new Vision(spec);
  vision.frameBuffer(rgba.length).set(rgba);
  const tensor = vision.letterbox({
    format: "RGBA",
    widthPx,
    heightPx,
    planes: [{ offset: 0, stride: widthPx * 4 }],
    matrix: "bt601",
    range: "full",
  }).slice();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", tensor));
  const outputs = await run(tensor, [1, 3, spec.input.heightPx, spec.input.widthPx]);
  vision.writeHead(new HeadNumbers().read(outputs));
  const detections = vision.detect({ scoreThreshold, iouThreshold });
  vision.free();
  const tensorSha256 = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return { tensorSha256, detections };
}
