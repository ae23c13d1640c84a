import { storedMap } from "../base/stored_map.ts";
import type { Backend } from "./worker_messages.ts";

/** Remembers which backend won for a model, so that it is measured once and not on every visit. */
export interface BackendMemory {
  /** `null`: not measured yet. */
  recall(modelSha256: string): Backend | null;
  remember(modelSha256: string, backend: Backend): void;
}

/**
 * A memory in this browser's storage. The user agent is part of every entry, because an update of
 * the browser can turn the verdict.
 */
export function storedBackendMemory(storage: () => Storage, userAgent: string): BackendMemory {
  const verdicts = storedMap({
    storage,
    key: "peerlens.backends",
    maxEntries: 16,
    isValue: (value) => value === "wasm" || value === "webgpu",
  });
  const nameOf = (modelSha256: string) => `${modelSha256} ${userAgent}`;
  return {
    recall: (modelSha256) => verdicts.get(nameOf(modelSha256)),
    remember: (modelSha256, backend) => verdicts.set(nameOf(modelSha256), backend),
  };
}
