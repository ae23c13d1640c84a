import type { Wishes } from "./add_flags.ts";
import type { SeenOutput } from "./check_process.ts";
import { CommandError } from "./cli.ts";
import type { HeadClues } from "./head_clues.ts";
import type { OnnxFacts } from "./onnx_file.ts";
import type { PictureInput } from "./picture_input.ts";
import type { ExportFacts } from "./ultralytics.ts";

/** What a file says, what it gave, and what its owner says. */
export interface ClueSources {
  readonly facts: OnnxFacts;
  readonly runs: readonly (readonly SeenOutput[])[];
  readonly exported: ExportFacts;
  readonly wishes: Wishes;
  readonly picture: PictureInput;
}

/**
 * Puts together what is known of a model's outputs.
 * @throws {CommandError} If its owner names an output that is not there.
 */
export function cluesOf(
  { facts, runs, exported, wishes, picture }: ClueSources,
): Omit<HeadClues, "widthPx" | "heightPx" | "classes" | "isCoco"> {
  const unknown = wishes.outputs?.find((name) => !runs[0]!.some((one) => one.name === name));
  if (unknown !== undefined) {
    const all = facts.outputs.map(({ name }) => `"${name}"`).join(", ");
    throw new CommandError(`There is no output "${unknown}" for --output: the file has ${all}.`);
  }
  // Where one box alone is found, its axis looks like one of the batch.
  const fullest = runs.toSorted((a, b) => sizeOf(b) - sizeOf(a))[0]!;
  // In the order of the file, which says which one comes first.
  const outputs = facts.outputs.flatMap(({ name }) => fullest.filter((one) => one.name === name));
  const open = new Set<string>();
  const varying = new Set<string>();
  const isAnySize = picture.sides.some((side) => typeof side !== "number");
  for (const { name, shape } of facts.outputs) {
    const seen = runs.map((run) => run.find((one) => one.name === name)?.shape ?? []);
    const isOpen = shape.some((axis, at) =>
      typeof axis === "string" && (at > 0 || seen[0]?.[0] !== 1)
    );
    const isOther = seen.some((one) => one.join() !== seen[0]!.join());
    if (isOpen || isOther) open.add(name);
    if (isOther || (isOpen && !isAnySize)) varying.add(name);
  }
  return {
    outputs,
    open,
    varying,
    runs,
    kind: wishes.kind,
    wished: wishes.outputs,
    task: exported.task,
    isUltralytics: exported.task !== null ||
      (facts.metadata.has("stride") && facts.metadata.has("names")),
    isToldSize: picture.sizeName !== null,
    activations: facts.activations,
  };
}

function sizeOf(run: readonly SeenOutput[]): number {
  return run.reduce((sum, { numbers }) => sum + (numbers?.length ?? 0), 0);
}
