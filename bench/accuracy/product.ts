import type { Detection } from "@/vision";
import type { ClientConfig, FrameResultMessage, ServedModel } from "@/protocol";
import { openBrowser } from "../browser.ts";
import { OTHER_MODELS, type RigServer, startServer } from "../server.ts";
import { BuiltWorker } from "./built_worker.ts";
import type { EvalPicture } from "./coco_pictures.ts";
import type { CocoResult } from "./oracle.ts";
import { answersOk, until } from "../until.ts";

/** What is asked of the product for each picture. */
export interface AskedFor {
  readonly modelId: string;
  readonly scoreThreshold: number;
  readonly iouThreshold: number;
}

const TOKEN = "a-secret-of-the-accuracy-bench";

/** How long the inference process may take to load its first model. */
const READY_MS = 30_000;

/** Starts the app so that programs may ask it for detections. @throws {Error} If it does not detect. */
export async function startProduct(): Promise<RigServer> {
  const server = await startServer({
    flags: ["--mode", "server"],
    models: OTHER_MODELS,
    env: { PEERLENS_API_TOKEN: TOKEN },
  });
  try {
    const isReady = () => answersOk(`${server.httpUrl}/readyz`);
    const why = () => "Cannot measure: the server's inference does not get ready";
    await until(isReady, why, { timeoutMs: READY_MS });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

/** What `GET /api/config` says of a model. @throws {Error} If the server does not have it. */
export async function servedModel(server: RigServer, id: string): Promise<ServedModel> {
  const { models }: ClientConfig = await (await fetch(`${server.httpUrl}/api/config`)).json();
  const model = models.find((one) => one.id === id);
  if (model === undefined) throw new Error(`Cannot find the model ${id} on the server`);
  return model;
}

/** What `POST /api/detect` finds in the pictures' own files. */
export async function detectOverHttp(
  { httpUrl }: RigServer,
  { pictures, labels, asked }: {
    readonly pictures: readonly EvalPicture[];
    readonly labels: readonly string[];
    readonly asked: AskedFor;
  },
): Promise<CocoResult[]> {
  const query = new URLSearchParams({
    model: asked.modelId,
    score: String(asked.scoreThreshold),
    iou: String(asked.iouThreshold),
  });
  const results: CocoResult[] = [];
  for (const picture of pictures) {
    const { detections } = await postPicture(`${httpUrl}/api/detect?${query}`, picture);
    results.push(
      ...detections.map((found) =>
        resultOf(picture, { ...found, box: found, classId: labels.indexOf(found.label) })
      ),
    );
  }
  return results;
}

async function postPicture(url: string, { path }: EvalPicture): Promise<FrameResultMessage> {
  const headers = { "Authorization": `Bearer ${TOKEN}`, "Content-Type": "image/jpeg" };
  for (;;) {
    const body = await Deno.readFile(path);
    const answer = await fetch(url, { method: "POST", headers, body });
    if (answer.ok) return await answer.json();
    const text = await answer.text();
    if (answer.status !== 429) throw new Error(`Cannot detect in ${path}: ${text}`);
    // So many a second and no more: the bench waits as every program must.
    const seconds = Number(answer.headers.get("Retry-After") ?? 1);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
}

/** What the built detection Worker finds in Chromium, which decodes the pictures and makes frames of them. */
export async function detectInWorker(
  { httpUrl }: RigServer,
  { pictures, model, asked }: {
    readonly pictures: readonly EvalPicture[];
    readonly model: ServedModel;
    readonly asked: AskedFor;
  },
): Promise<CocoResult[]> {
  await using browser = await openBrowser({ role: "viewer" });
  // Of the app's origin and with its headers, but nothing of its own goes on there.
  await browser.page.goto(`${httpUrl}/healthz`);
  const { scoreThreshold, iouThreshold } = asked;
  const settings = { scoreThreshold, iouThreshold, classes: null };
  await using worker = await BuiltWorker.start(browser.page, model, settings);
  const results: CocoResult[] = [];
  for (const picture of pictures) {
    for (const found of await worker.detect(await Deno.readFile(picture.path))) {
      results.push(resultOf(picture, found));
    }
  }
  return results;
}

function resultOf(
  { id, widthPx, heightPx }: EvalPicture,
  { box: { xmin, ymin, xmax, ymax }, score, classId }: Detection,
): CocoResult {
  const [x, y] = [xmin * widthPx, ymin * heightPx];
  return {
    image_id: id,
    category_id: classId,
    bbox: [x, y, xmax * widthPx - x, ymax * heightPx - y],
    score,
  };
}
