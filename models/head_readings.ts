import { MAX_CLASSES } from "@/protocol";
import type { HeadClues, Reading } from "./head_clues.ts";
import { flatten, hasMaskPrototypes } from "./head_tensors.ts";
import { dividedInTwo, listed } from "./list_readings.ts";
import { single } from "./tensor_readings.ts";

/** Every way in which the outputs can be read by their shapes and names, whatever numbers they have. */
export function readingsOf(clues: HeadClues): Reading[] {
  const { wished } = clues;
  const tensors = clues.outputs
    .filter(({ name }) => wished === null || wished.includes(name))
    .toSorted((a, b) => wished === null ? 0 : wished.indexOf(a.name) - wished.indexOf(b.name))
    .flatMap(flatten);
  const readings = [
    ...listed(tensors, clues),
    ...dividedInTwo(tensors, clues),
    ...tensors.flatMap((tensor) => single(tensor, clues, hasMaskPrototypes(clues))),
  ];
  return readings.filter(({ head }) =>
    (clues.kind === null || head.kind === clues.kind) &&
    head.classes >= 1 && head.classes <= MAX_CLASSES &&
    (wished === null || head.outputs.every((name) => wished.includes(name)))
  );
}
