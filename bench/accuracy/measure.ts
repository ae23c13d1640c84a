import { inputSize } from "@/protocol";
import type { CatalogModel } from "../../models/catalog.ts";
import type { EvalPicture, EvalSet } from "./coco_pictures.ts";
import { DETECT_OPTIONS } from "./frame_path.ts";
import { askOracle, type OracleAnswer } from "./oracle.ts";
import { detectInWorker, detectOverHttp, servedModel, startProduct } from "./product.ts";

/** Ways through the app, as the oracle's answer names them. */
export const WAYS = {
  http: "api_detect",
  worker: "worker",
  /** As people use it, with the IoU where the slider starts. */
  slider: "api_detect_slider_iou",
} as const;

/** Shows pictures to the app, in all ways, and to the oracle. @param note Told how far it is. */
export async function measureProduct(
  { model, set, folder, note }: {
    readonly model: CatalogModel;
    readonly set: EvalSet;
    /** Of `instances.json`. */
    readonly folder: string;
    note(text: string): void;
  },
): Promise<OracleAnswer> {
  const { entry, path, labels } = model;
  const { pictures } = set;
  const { scoreThreshold, iouThreshold } = DETECT_OPTIONS;
  const asked = { modelId: entry.id, scoreThreshold, iouThreshold };
  await using server = await startProduct();
  note("POST /api/detect");
  const http = await detectOverHttp(server, { pictures, labels, asked });
  note("POST /api/detect, with the slider's IoU");
  const asUsed = { ...asked, iouThreshold: entry.iouThreshold };
  const slider = await detectOverHttp(server, { pictures, labels, asked: asUsed });
  note("the built Worker in Chromium");
  const served = await servedModel(server, entry.id);
  const worker = await detectInWorker(server, { pictures, model: served, asked });
  note("pycocotools, and the independent implementation");
  return await askOracle({
    model: path,
    input: entry.input,
    head: entry.head,
    instances: `${folder}/instances.json`,
    pictures: pictures.map((picture) => ({
      id: picture.id,
      path: picture.path,
      ...inputSizeFor(model, picture),
    })),
    score_threshold: scoreThreshold,
    iou_threshold: iouThreshold,
    detections: { [WAYS.http]: http, [WAYS.worker]: worker, [WAYS.slider]: slider },
    points_of: [WAYS.slider],
  });
}

/** The size of the input in which the app shows a picture to a model. */
function inputSizeFor({ entry: { input } }: CatalogModel, picture: EvalPicture) {
  const { widthPx, heightPx } = inputSize(input, picture, 0);
  return { input_width_px: widthPx, input_height_px: heightPx };
}
