import * as v from "valibot";
import { labelsSchema, type Manifest, type ManifestEntry, manifestSchema } from "@/protocol";

/** The folder of this file: home of the manifest, the labels and the embedded model. */
export const HOME: URL = new URL("./", import.meta.url);

/** Reads `manifest.json`. @throws {TypeError} Naming the field that is not valid. */
export async function readManifest(home: URL): Promise<Manifest> {
  const result = v.safeParse(manifestSchema, await readJson(new URL("manifest.json", home)));
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new TypeError(
    `Cannot read models/manifest.json: ${v.getDotPath(issue) ?? ""}: ${issue.message}`,
  );
}

/** Reads an entry's class names. @throws {TypeError} If they are not as many as its classes. */
export async function readLabels(
  home: URL,
  entry: Pick<ManifestEntry, "id" | "labels" | "head">,
): Promise<string[]> {
  const labels = v.parse(labelsSchema, await readJson(new URL(`labels/${entry.labels}`, home)));
  if (labels.length === entry.head.classes) return labels;
  throw new TypeError(
    `Cannot use models/labels/${entry.labels} for ${entry.id}: ${labels.length} labels for ${entry.head.classes} classes`,
  );
}

async function readJson(url: URL): Promise<unknown> {
  return JSON.parse(await Deno.readTextFile(url));
}
