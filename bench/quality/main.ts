import { delimiter } from "node:path";
import { type CatalogModel, loadCatalog } from "../../models/catalog.ts";
import { note, say } from "../load/screen.ts";
import { readEvalSet } from "../accuracy/coco_pictures.ts";
import { HELP, parseQualityArgs, type QualityConfig, QualityUsageError } from "./config.ts";
import { measureQualities } from "./measure.ts";
import { qualityTable, reportQualities } from "./report.ts";

/**
 * Measures the average precision that JPEG costs on the way to the server, by its quality.
 *
 * @module
 */

const RESULT = new URL("../results/jpeg_quality.json", import.meta.url);

/**
 * Measures, prints a table, writes the JSON.
 *
 * @returns The exit code: 0, 1 when something could not be measured, 2 when the arguments are not
 * understood.
 */
export async function run(args: readonly string[]): Promise<number> {
  let config: QualityConfig | null;
  try {
    config = parseQualityArgs(args);
  } catch (error) {
    if (!(error instanceof QualityUsageError)) throw error;
    return say(Deno.stderr, `${error.message}\n\n${HELP}`, 2);
  }
  if (config === null) return say(Deno.stdout, HELP, 0);
  try {
    return say(Deno.stdout, await measure(config), 0);
  } catch (error) {
    return say(Deno.stderr, `${error instanceof Error ? error.message : String(error)}\n`, 1);
  }
}

async function measure({ models, pictures }: QualityConfig): Promise<string> {
  const assets = Deno.env.get("PEERLENS_ASSETS");
  if (!assets) throw new Error("Cannot find pictures: PEERLENS_ASSETS is not set");
  const found = await findModels(models);
  const set = await readEvalSet(`${assets}/eval/coco128`, pictures);
  const results = await measureQualities(found, set, note);
  note("");
  const report = reportQualities(results, set.pictures.length);
  const table = qualityTable(report);
  if (pictures !== null) return table;
  await Deno.writeTextFile(RESULT, `${JSON.stringify(report, undefined, 2)}\n`);
  return `${table}\nWritten to bench/results/jpeg_quality.json\n`;
}

async function findModels(ids: readonly string[]): Promise<CatalogModel[]> {
  const folders = (Deno.env.get("PEERLENS_MODELS") ?? "").split(delimiter).filter(Boolean);
  const { present } = await loadCatalog(folders);
  return ids.map((id) => {
    const model = present.find(({ entry }) => entry.id === id);
    if (model !== undefined) return model;
    throw new Error(`Cannot find the model ${id}: see deno task models list`);
  });
}
