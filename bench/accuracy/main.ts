import { type CatalogModel, loadCatalog } from "../../models/catalog.ts";
import { note, say } from "../load/screen.ts";
import { AccuracyUsageError, HELP, parseAccuracyArgs } from "./config.ts";
import { readEvalSet } from "./coco_pictures.ts";
import { measureProduct } from "./measure.ts";
import { accuracyTable, reportAccuracy } from "./report.ts";

/**
 * Measures what the app itself finds, by pycocotools and beside an implementation of somebody else's
 * making.
 *
 * @module
 */

const RESULT = new URL("../results/accuracy.json", import.meta.url);

/** The embedded one. */
export const MODEL_ID = "nanodet-m";

/**
 * Measures, prints a table, writes the JSON.
 *
 * @returns The exit code: 0, 1 when something could not be measured, 2 when the arguments are not
 * understood.
 */
export async function run(args: readonly string[]): Promise<number> {
  let config;
  try {
    config = parseAccuracyArgs(args);
  } catch (error) {
    if (!(error instanceof AccuracyUsageError)) throw error;
    return say(Deno.stderr, `${error.message}\n\n${HELP}`, 2);
  }
  if (config === null) return say(Deno.stdout, HELP, 0);
  try {
    return say(Deno.stdout, await measure(config.pictures), 0);
  } catch (error) {
    return say(Deno.stderr, `${error instanceof Error ? error.message : String(error)}\n`, 1);
  }
}

async function measure(pictures: number | null): Promise<string> {
  const assets = Deno.env.get("PEERLENS_ASSETS");
  if (!assets) throw new Error("Cannot find pictures: PEERLENS_ASSETS is not set");
  const folder = `${assets}/eval/coco128`;
  const set = await readEvalSet(folder, pictures);
  const model = await embeddedModel();
  const answer = await measureProduct({ model, set, folder, note });
  note("");
  const report = reportAccuracy(answer, { model, pictures: set.pictures.length });
  const table = accuracyTable(report);
  if (pictures !== null) return table;
  await Deno.writeTextFile(RESULT, `${JSON.stringify(report, undefined, 2)}\n`);
  return `${table}\nWritten to bench/results/accuracy.json\n`;
}

/** @throws {Error} If its file is not here. */
export async function embeddedModel(): Promise<CatalogModel> {
  const model = (await loadCatalog([])).present.find(({ entry }) => entry.id === MODEL_ID);
  if (model === undefined) throw new Error(`Cannot find the model ${MODEL_ID}`);
  return model;
}
