import type { CatalogModel } from "../../models/catalog.ts";

/** A model in one of the sizes that it can be run in, the same for every picture. */
export interface SizedModel {
  /** The model's id, with the size behind it where that is not its own. */
  readonly key: string;
  readonly model: CatalogModel;
  readonly isOwnSize: boolean;
}

/** Widths and heights in px that files which leave them open are measured in beside their own. */
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
