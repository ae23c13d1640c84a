import type { CatalogModel } from "../../models/catalog.ts";

/** A model in one of the sizes that it can be run in, the same for every picture. */
export interface SizedModel {
  /** The model's id, with the size behind it where that is not its own. */
  readonly key: string;
  readonly model: CatalogModel;
  readonly isOwnSize: boolean;
}

/**
 * Widths and heights in px that files which leave them open are measured in beside their own.
 *
 * Open sizes cost nothing in onnxruntime-web 1.30. In paired runs in one Chromium (medians of 15 rounds,
 * four sizes from 320×256 to 416×416, 1 and 2 threads) the same file with fixed sizes took 0.985 to 1.006
 * of the open one's time, and a session with `freeDimensionOverrides` 0.987 to 1.003. When the picture is
 * turned (416×320 to 320×416, one thread), the first run takes 39 ms instead of 31, all later ones 31; runs
 * that change the size each time take as long as runs of one size.
 */
const FURTHER_SIZES: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  "nanodet-m": [[416, 416], [384, 288], [320, 256]],
};

/** A model in all sizes that are measured, its own first. */
export function sizesOf(model: CatalogModel): SizedModel[] {
  const { entry } = model;
  const further = (FURTHER_SIZES[entry.id] ?? []).map(([widthPx, heightPx]) => ({
    key: `${entry.id} ${widthPx}x${heightPx}`,
    model: { ...model, entry: { ...entry, input: { ...entry.input, widthPx, heightPx } } },
    isOwnSize: false,
  }));
  return [{ key: entry.id, model, isOwnSize: true }, ...further];
}
