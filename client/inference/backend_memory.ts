import * as v from "valibot";
import { storedMap } from "../base/stored_map.ts";

const verdictSchema = v.object({
  backend: v.picklist(["wasm", "webgpu"]),
  /** Of the WASM backend; `null`: not tried yet. */
  threads: v.nullable(v.pipe(v.number(), v.integer(), v.minValue(1))),
});

/** What runs a model best here. */
export type BackendVerdict = v.InferOutput<typeof verdictSchema>;

/** Remembers what won for a model, so that it is measured once and not on every visit. */
export interface BackendMemory {
  /** `null`: not measured yet. */
  recall(modelSha256: string): BackendVerdict | null;
  remember(modelSha256: string, verdict: BackendVerdict): void;
}

/**
 * A memory in this browser's storage. The user agent is part of every entry, because an update of
 * the browser can turn the verdict.
 */
export function storedBackendMemory(
  storage: () => Pick<Storage, "getItem" | "setItem">,
  userAgent: string,
): BackendMemory {
  const verdicts = storedMap({
    storage,
    key: "peerlens.backends",
    maxEntries: 16,
    isValue: (value): value is BackendVerdict => v.is(verdictSchema, value),
  });
  const nameOf = (modelSha256: string) => `${modelSha256} ${userAgent}`;
  return {
    recall: (modelSha256) => verdicts.get(nameOf(modelSha256)),
    remember: (modelSha256, verdict) => verdicts.set(nameOf(modelSha256), verdict),
  };
}
