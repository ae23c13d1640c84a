import { type Detection, type FrameLayout, initVision, type SizePx, VisionSet } from "@/vision";
import type { CatalogModel } from "../../models/catalog.ts";
import { inputSize } from "@/protocol";
import { createSession, type ModelSession } from "../../server/inference/session.ts";
import type { RgbaPicture } from "./coco_pictures.ts";

/** YOLOX's own evaluation thins out like this, and others of its family nearly so. */
export const DETECT_OPTIONS = {
  scoreThreshold: 0.01,
  iouThreshold: 0.65,
  maxDetections: 300,
} as const;

/** Of one run. */
const THREADS = 2;

/** What a viewer and the server do to a frame, for one model: (JPEG →) letterbox → run → decode. */
export class FramePath implements AsyncDisposable {
  readonly #input: CatalogModel["entry"]["input"];
  readonly #session: ModelSession;
  readonly #visions: VisionSet;

  private constructor({ entry }: CatalogModel, session: ModelSession, visions: VisionSet) {
    this.#input = entry.input;
    this.#session = session;
    this.#visions = visions;
  }

  /** @throws {Error} If the runtime cannot load the model. */
  static async open(model: CatalogModel): Promise<FramePath> {
    await initVision();
    const visions = new VisionSet(model.entry);
    const headShapesOf = (inputPx: SizePx) => visions.at(inputPx).headShapes;
    const source = { ...model, headShapesOf, provider: "cpu", threads: THREADS } as const;
    return new FramePath(model, await createSession(source), visions);
  }

  /** What the model finds in a picture without JPEG. */
  async detect(picture: RgbaPicture): Promise<Detection[]> {
    const vision = this.#visions.at(inputSize(this.#input, picture, 0));
    vision.frameBuffer(picture.rgba.length).set(picture.rgba);
    return await this.#run(rgbaLayout(picture));
  }

  /** What the model finds in a JPEG of this size, which the core reads as on the server. */
  async detectJpeg(jpeg: Uint8Array, sizePx: SizePx): Promise<Detection[]> {
    const vision = this.#visions.at(inputSize(this.#input, sizePx, 0));
    vision.jpegBuffer(jpeg.length).set(jpeg);
    return await this.#run(vision.readJpeg());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#visions.free();
    await this.#session.close();
  }

  async #run(layout: FrameLayout): Promise<Detection[]> {
    const inputPx = inputSize(this.#input, layout, 0);
    const vision = this.#visions.at(inputPx);
    vision.writeHead(await this.#session.run(vision.letterbox(layout), inputPx));
    return vision.detect(DETECT_OPTIONS);
  }
}

function rgbaLayout({ widthPx, heightPx }: SizePx): FrameLayout {
  const planes = [{ offset: 0, stride: widthPx * 4 }];
  return { format: "RGBA", widthPx, heightPx, planes, matrix: "bt601", range: "full" };
}
