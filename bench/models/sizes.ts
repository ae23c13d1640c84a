import { inputSize, sizeCount, sizeName } from "@/protocol";
import type { CatalogModel } from "../../models/catalog.ts";

/** A model in one of the sizes that it can be run in, in the shape of each picture. */
export interface SizedModel {
  /** The model's id, with the size behind it where that is not its own. */
  readonly key: string;
  readonly model: CatalogModel;
  readonly isOwnSize: boolean;
}

/**
 * A model in all of its sizes, the largest first.
 *
 * Open sizes cost nothing in onnxruntime-web 1.30. In paired runs in one Chromium (medians of 15 rounds,
 * four sizes from 320×256 to 416×416, 1 and 2 threads) the same file with fixed sizes took 0.985 to 1.006
 * of the open one's time, and a session with `freeDimensionOverrides` 0.987 to 1.003. When the picture is
 * turned (416×320 to 320×416, one thread), the first run takes 39 ms instead of 31, all later ones 31; runs
 * that change the size each time take as long as runs of one size.
 */
export function sizesOf(model: CatalogModel): SizedModel[] {
  const { id, input } = model.entry;
  return Array.from({ length: sizeCount(input) }, (_, level) => {
    const largest = inputSize(input, input, level);
    const sized = {
      ...input,
      ...largest,
      ...(input.sizes && { sizes: input.sizes.slice(level) }),
    };
    return {
      key: level === 0 ? id : `${id} ${sizeName(input, level)}`,
      model: { ...model, entry: { ...model.entry, input: sized } },
      isOwnSize: level === 0,
    };
  });
}
