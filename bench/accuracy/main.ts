import { type CatalogModel, loadCatalog } from "../../models/catalog.ts";
import { runCommand, wholeNumber } from "../command.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { readEvalSet } from "./coco_pictures.ts";
import { measureProduct } from "./measure.ts";
import { accuracyTable, reportAccuracy } from "./report.ts";

/**
 * Measures what the app itself finds, by pycocotools and beside an implementation of somebody else's
 * making.
 *
 * @module
 */

/** The embedded one. */
export const MODEL_ID = "nanodet-m";

const HELP =
  `Measures what the app itself finds with the embedded model, and writes bench/results/accuracy.json.

  deno task bench accuracy [--pictures N]

  --pictures N   only the first N pictures; then no file is written

The pictures of eval/coco128 (PEERLENS_ASSETS) go through POST /api/detect of a running server and through
the built Worker in Chromium. pycocotools evaluates both, beside an implementation in Python that shares
nothing with them. Needs python3 from 3.11 on; the packages are fetched into .out/python-accuracy.
`;

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  const command = { help: HELP, flags: { pictures: wholeNumber(1, 999_999) } };
  return runCommand(args, command, async ({ pictures = null }) => {
    const report = await measure(pictures);
    const table = accuracyTable(report);
    return pictures === null ? `${table}\n${await writeFigures("accuracy", report)}` : table;
  });
}

async function measure(pictures: number | null) {
  const assets = Deno.env.get("PEERLENS_ASSETS");
  if (!assets) throw new Error("Cannot find pictures: PEERLENS_ASSETS is not set");
  const folder = `${assets}/eval/coco128`;
  const set = await readEvalSet(folder, pictures);
  const model = await embeddedModel();
  const answer = await measureProduct({ model, set, folder, note });
  return reportAccuracy(answer, { model, pictures: set.pictures.length });
}

/** @throws {Error} If its file is not here. */
export async function embeddedModel(): Promise<CatalogModel> {
  const model = (await loadCatalog([])).present.find(({ entry }) => entry.id === MODEL_ID);
  if (model === undefined) throw new Error(`Cannot find the model ${MODEL_ID}`);
  return model;
}
