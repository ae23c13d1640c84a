import { type Detection, type FrameLayout, initVision, type SizePx, Vision } from "@/vision";
import type { CatalogModel } from "../../models/catalog.ts";
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
  readonly #session: ModelSession;
  readonly #vision: Vision;

  private constructor(session: ModelSession, vision: Vision) {
    this.#session = session;
    this.#vision = vision;
  }

  /** @throws {Error} If the runtime cannot load the model. */
  static async open(model: CatalogModel): Promise<FramePath> {
    await initVision();
    const vision = new Vision(model.entry);
    const headShapesOf = () => vision.headShapes;
    const source = { ...model, headShapesOf, provider: "cpu", threads: THREADS } as const;
    return new FramePath(await createSession(source), vision);
  }

  /** What the model finds in a picture without JPEG. */
  async detect(picture: RgbaPicture): Promise<Detection[]> {
    this.#vision.frameBuffer(picture.rgba.length).set(picture.rgba);
    return await this.#run(rgbaLayout(picture));
  }

  /** What the model finds in a JPEG, which the core reads as on the server. */
  async detectJpeg(jpeg: Uint8Array): Promise<Detection[]> {
    this.#vision.jpegBuffer(jpeg.length).set(jpeg);
    return await this.#run(this.#vision.readJpeg());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#vision.free();
    await this.#session.close();
  }

  async #run(layout: FrameLayout): Promise<Detection[]> {
    this.#vision.writeHead(await this.#session.run(this.#vision.letterbox(layout)));
    return this.#vision.detect(DETECT_OPTIONS);
  }
}

function rgbaLayout({ widthPx, heightPx }: SizePx): FrameLayout {
  const planes = [{ offset: 0, stride: widthPx * 4 }];
  return { format: "RGBA", widthPx, heightPx, planes, matrix: "bt601", range: "full" };
}
