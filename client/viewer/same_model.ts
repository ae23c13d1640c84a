import type { ServedModel } from "@/protocol";

/**
 * Whether two are one model: the same bytes can be used in two ways, under two ids, and an id can come
 * to mean other bytes while the page is open.
 */
export function isSameModel(
  a: Pick<ServedModel, "id" | "sha256"> | null,
  b: Pick<ServedModel, "id" | "sha256"> | null,
): boolean {
  return a?.id === b?.id && a?.sha256 === b?.sha256;
}
