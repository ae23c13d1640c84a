import type { ServedModel } from "@/protocol";

/** What of a model its detector and its boxes depend on. */
type ModelUse = Pick<ServedModel, "id" | "sha256" | "input" | "head" | "labels">;

/**
 * Whether two are one model: the same bytes can be used in two ways, under two ids or one after the
 * other under one, and an id can come to mean other bytes while the page is open.
 */
export function isSameModel(a: ModelUse | null, b: ModelUse | null): boolean {
  if (a === null || b === null || a === b) return a === b;
  return a.id === b.id && a.sha256 === b.sha256 && useOf(a) === useOf(b);
}

function useOf({ input, head, labels }: ModelUse): string {
  return JSON.stringify([input, head, labels]);
}
