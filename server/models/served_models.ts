import { createHash } from "node:crypto";
import type { ClientConfig, ServedModel } from "@/protocol";
import type { Catalog, CatalogModel } from "../../models/catalog.ts";
import { UsageError } from "../base/flags.ts";

type ServedModels = Pick<ClientConfig, "models" | "modelProblem" | "modelsRevision">;

/** Made once of each catalog: pages may ask often, and names of thousands of classes are long. */
const served = new WeakMap<Catalog, ServedModels>();

/** What pages are told of the models, with a name that is another one when any of it is. */
export function servedModels(catalog: Catalog): ServedModels {
  const known = served.get(catalog);
  if (known !== undefined) return known;
  const models = catalog.present.map(toServed);
  const modelProblem = catalog.problem ?? damageText(catalog);
  const text = JSON.stringify([models, modelProblem]);
  const modelsRevision = createHash("sha256").update(text).digest("base64url").slice(0, 22);
  const made = { models, modelProblem, modelsRevision };
  served.set(catalog, made);
  return made;
}

/** What a page says of damaged files; where they are is the business of the server's own log. */
function damageText({ damaged }: Catalog): string | null {
  if (damaged.length === 0) return null;
  const names = damaged.map((sentence) => sentence.replace(/^.*[/\\](?=[^/\\:]+\.onnx: )/, ""));
  return `A model file on the server is damaged and not used. ${names.join("; ")}.`;
}

/** Path of a model's file on this server; names its content, so it may be cached for ever. */
export function modelUrl({ entry }: CatalogModel): string {
  return `/models/${entry.sha256}/${entry.file}`;
}

/**
 * The models present, the one to start with first.
 * @throws {UsageError} If `id` names none of them.
 */
export function chosenFirst({ present }: Catalog, id: string | null): readonly CatalogModel[] {
  // With no model at all there is nothing to choose: the catalog's problem says so already.
  if (id === null || present.length === 0) return present;
  const chosen = present.find(({ entry }) => entry.id === id);
  if (chosen !== undefined) return [chosen, ...present.filter((model) => model !== chosen)];
  const ids = present.map(({ entry }) => entry.id).join(", ");
  throw new UsageError(`--model names no model that is here: ${id} (present: ${ids})`);
}

function toServed(model: CatalogModel): ServedModel {
  return { ...model.entry, labels: model.labels, url: modelUrl(model) };
}
