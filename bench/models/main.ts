import { delimiter } from "node:path";
import { type CatalogModel, loadCatalog } from "../../models/catalog.ts";
import { readEvalSet } from "../accuracy/coco_pictures.ts";
import { runCommand, wholeNumber } from "../command.ts";
import { writeFigures } from "../result_file.ts";
import { note } from "../screen.ts";
import { measurePrecision } from "./precision.ts";
import { type MeasuredModel, modelsTable, reportModels } from "./report.ts";
import { sizesOf } from "./sizes.ts";
import { REFERENCE, THREADS, timeModels } from "./timing.ts";

/**
 * Measures the models that are here beside each other: accuracy, size, time.
 *
 * @module
 */

const DEFAULT_ROUNDS = 20;

const HELP = `Measures models beside each other, and writes bench/results/models.json.

  deno task bench models [ID…] [--pictures N] [--rounds ${DEFAULT_ROUNDS}]

  ID…            only these of the models that \`deno task models list\` has as present; then no file
                 is written
  --pictures N   only the first N pictures; then no file is written
  --rounds N     rounds of timing

Accuracy: average precision on eval/coco128 of PEERLENS_ASSETS. Time: one run with ${THREADS} threads, natively and
in Chromium (WASM). In each round every model has its turn in both, so that all see the same machine;
the medians are given, and each round's share of ${REFERENCE} in that round, if that is here.
PEERLENS_MODELS names more folders with model files.
`;

const COMMAND = {
  help: HELP,
  flags: { pictures: wholeNumber(1, 99_999), rounds: wholeNumber(1, 99_999) },
  takesNames: true,
};

/** See {@linkcode HELP}. @returns The exit code. */
export function run(args: readonly string[]): Promise<number> {
  return runCommand(args, COMMAND, async ({ pictures = null, rounds = DEFAULT_ROUNDS }, names) => {
    const ids = [...new Set(names)];
    const report = await measure(ids, { pictures, rounds });
    const table = modelsTable(report);
    // A part of the models or of the pictures is for looking at.
    if (pictures !== null || ids.length > 0) return table;
    return `${table}\n${await writeFigures("models", report)}`;
  });
}

async function measure(
  ids: readonly string[],
  { pictures, rounds }: { readonly pictures: number | null; readonly rounds: number },
) {
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
  return reportModels(measured, { pictures: set.pictures.length, rounds, browser });
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
