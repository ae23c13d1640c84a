import type { ManifestEntry, ModelEntry, ModelStock } from "@/protocol";
import { type Catalog, type CatalogModel, isToBeHad } from "../../models/catalog.ts";
import { asksConsent } from "../../models/licence.ts";
import { modelUrl } from "./served_models.ts";

/** What is here and what can be had. @param isRemovable Whether a model was pulled or added. */
export function stockOf(
  { present, missing, damaged }: Catalog,
  isRemovable: (model: CatalogModel) => boolean,
): Pick<ModelStock, "here" | "available" | "damaged"> {
  return {
    here: present.map((model, at) => ({
      ...described(model.entry),
      bytes: model.entry.bytes,
      sha256: model.entry.sha256,
      url: modelUrl(model),
      isDefault: at === 0,
      isRemovable: isRemovable(model),
    })),
    available: missing.filter(isToBeHad).map((entry) => ({
      ...described(entry),
      urls: entry.urls,
      bytes: entry.bytes,
      asksConsent: asksConsent(entry.licence),
      obtain: entry.urls.length > 0 ? null : entry.obtain ?? null,
    })),
    damaged,
  };
}

function described(entry: ModelEntry | ManifestEntry) {
  const { id, title, licence, source, input: { widthPx, heightPx }, publishedAp = null } = entry;
  return { id, title, licence, source, widthPx, heightPx, publishedAp };
}
