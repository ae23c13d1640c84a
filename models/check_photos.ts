import { fileURLToPath } from "node:url";
import type { CheckPhoto } from "./model_check.ts";

/** A photograph of the repository that models are tried on. */
export interface KnownPhoto {
  /** A JPEG. */
  readonly path: URL;
  /** Things in it that every model of use finds, as COCO calls them. */
  readonly expects: readonly string[];
}

/** Photographs that models are tried on when they are added. */
export const CHECK_PHOTOS: readonly KnownPhoto[] = [
  { path: new URL("pictures/astronaut.jpg", import.meta.url), expects: ["person"] },
  { path: new URL("pictures/cat.jpg", import.meta.url), expects: ["cat"] },
];

/** The photographs for a model with such labels; of those that are no files nothing is said. */
export async function photosFor(
  labels: readonly string[],
  photos: readonly KnownPhoto[] = CHECK_PHOTOS,
): Promise<CheckPhoto[]> {
  const known: CheckPhoto[] = [];
  for (const { path, expects } of photos) {
    if (!(await Deno.stat(path).then(({ isFile }) => isFile, () => false))) continue;
    const classes = expects.map((name) => labels.indexOf(name)).filter((at) => at >= 0);
    known.push({ path: fileURLToPath(path), expects: classes });
  }
  return known;
}

/**
 * What was not found though it is there: no fault by itself, but mostly the sign of one. `null` if all
 * was found.
 */
export function missedText(
  missed: readonly (readonly number[])[],
  photos: readonly CheckPhoto[],
  labels: readonly string[],
): string | null {
  const lost = missed.flatMap((classes, at) => {
    if (classes.length === 0) return [];
    const names = classes.map((classId) => labels[classId]).join(", ");
    return [`no ${names} in a photograph with one (${photos[at]!.path.split(/[/\\]/).at(-1)})`];
  });
  if (lost.length === 0) return null;
  return `It finds ${lost.join(", and ")}: if it should, look at --order, --scale and --placement.`;
}
