import { delimiter } from "node:path";
import { type CatalogModel, loadCatalog } from "../../models/catalog.ts";
import { readEvalSet } from "../accuracy/coco_pictures.ts";
import { note, say } from "../load/screen.ts";
import { HELP, type ModelsConfig, ModelsUsageError, parseModelsArgs } from "./config.ts";
import { measurePrecision } from "./precision.ts";
import { type MeasuredModel, modelsTable, reportModels } from "./report.ts";
import { sizesOf } from "./sizes.ts";
import { timeModels } from "./timing.ts";

/**
 * Measures the models that are here beside each other: accuracy, size, time.
 *
 * @module
 */

const RESULT = new URL("../results/models.json", import.meta.url);

/**
 * Measures, prints a table, writes the JSON.
 *
 * @returns The exit code: 0, 1 when something could not be measured, 2 when the arguments are not
 * understood.
 */
export async function run(args: readonly string[]): Promise<number> {
  let config: ModelsConfig | null;
  try {
    config = parseModelsArgs(args);
  } catch (error) {
    if (!(error instanceof ModelsUsageError)) throw error;
    return say(Deno.stderr, `${error.message}\n\n${HELP}`, 2);
  }
  if (config === null) return say(Deno.stdout, HELP, 0);
  try {
    return say(Deno.stdout, await measure(config), 0);
  } catch (error) {
    return say(Deno.stderr, `${error instanceof Error ? error.message : String(error)}\n`, 1);
  }
}

async function measure({ ids, pictures, rounds }: ModelsConfig): Promise<string> {
  const assets = Deno.env.get("PEERLENS_ASSETS");
  if (!assets) throw new Error("Cannot find pictures: PEERLENS_ASSETS is not set");
  const models = (await findModels(ids)).flatMap(sizesOf);
  const set = await readEvalSet(`${assets}/eval/coco128`, pictures);
  const { byKey, browser } = await timeModels(models, rounds, note);
  const measured: MeasuredModel[] = [];
  for (const sized of models) {
    const precision = await measurePrecision(sized.model, set, (count) => {
      if (count % 16 === 0) note(`${sized.key}: picture ${count + 1} of ${set.pictures.length}`);
    });
    measured.push({ ...sized, precision, timing: byKey.get(sized.key)! });
  }
  note("");
  const report = reportModels(measured, { pictures: set.pictures.length, rounds, browser });
  const table = modelsTable(report);
  // A part of the models or of the pictures is for looking at.
  if (pictures !== null || ids.length > 0) return table;
  await Deno.writeTextFile(RESULT, `${JSON.stringify(report, undefined, 2)}\n`);
  return `${table}\nWritten to bench/results/models.json\n`;
}

async function findModels(ids: readonly string[]): Promise<readonly CatalogModel[]> {
  const folders = (Deno.env.get("PEERLENS_MODELS") ?? "").split(delimiter).filter(Boolean);
  const { present, problem } = await loadCatalog(folders);
  if (problem !== null) throw new Error(problem);
  if (ids.length === 0) return present;
  return ids.map((id) => {
    const model = present.find(({ entry }) => entry.id === id);
    if (model !== undefined) return model;
    throw new Error(`Cannot find the model ${id}: see deno task models list`);
  });
}
