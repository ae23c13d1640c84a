import type { Page } from "playwright-core";
import type { ServedModel } from "@/protocol";
import type { Detection } from "@/vision";
import type {
  DetectionSettings,
  FromWorker,
  ToWorker,
} from "../../client/inference/worker_messages.ts";
import { ROOT } from "../server.ts";

/** What functions that run in the page keep there. */
interface PageScope {
  worker: Worker;
}

/** The detection Worker of the built app, in a page of the app's origin; it is shown single pictures. */
export class BuiltWorker implements AsyncDisposable {
  readonly #page: Page;

  private constructor(page: Page) {
    this.#page = page;
  }

  /** @throws {Error} If there is no build, or the Worker cannot load the model. */
  static async start(
    page: Page,
    model: ServedModel,
    settings: DetectionSettings,
  ): Promise<BuiltWorker> {
    const name = [...Deno.readDirSync(`${ROOT}/dist/assets`)].map((entry) => entry.name)
      .find((file) => /^worker-\w+\.js$/.test(file));
    if (name === undefined) throw new Error("Cannot find the built Worker in dist/assets");
    const last = await page.evaluate(
      ({ url, model, settings }) =>
        new Promise<FromWorker>((resolve) => {
          const worker = new Worker(url, { type: "module" });
          const send = (message: ToWorker) => worker.postMessage(message);
          worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
            if (data.kind === "ready" || data.kind === "failed") resolve(data);
          };
          send({ kind: "settings", settings });
          send({ kind: "load", model, backend: "wasm", threads: navigator.hardwareConcurrency });
          Object.assign(globalThis, { worker });
        }),
      { url: `/assets/${name}`, model, settings },
    );
    if (last.kind !== "ready") throw new Error(`Cannot load ${model.id}: ${JSON.stringify(last)}`);
    return new BuiltWorker(page);
  }

  /** What it finds in a JPEG, which the browser decodes. @throws {Error} If it fails. */
  async detect(jpeg: Uint8Array): Promise<readonly Detection[]> {
    const last = await this.#page.evaluate(async (jpeg) => {
      const bytes = Uint8Array.from(atob(jpeg), (char) => char.charCodeAt(0));
      const frame = new VideoFrame(await createImageBitmap(new Blob([bytes])), { timestamp: 0 });
      const { worker } = globalThis as unknown as PageScope;
      return await new Promise<FromWorker>((resolve) => {
        worker.onmessage = ({ data }: MessageEvent<FromWorker>) => {
          if (data.kind === "result" || data.kind === "failed") resolve(data);
        };
        worker.postMessage({ kind: "frame", frame, key: null }, [frame]);
      });
    }, jpeg.toBase64());
    if (last.kind !== "result") throw new Error(`Cannot detect: ${JSON.stringify(last)}`);
    return last.result.detections;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#page.evaluate(() => (globalThis as unknown as PageScope).worker.terminate());
  }
}
