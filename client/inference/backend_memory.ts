import type { Backend } from "./worker_messages.ts";

/** Remembers which backend won for a model, so that it is measured once and not on every visit. */
export interface BackendMemory {
  /** `null`: not measured yet. */
  recall(modelSha256: string): Backend | null;
  remember(modelSha256: string, backend: Backend): void;
}

const KEY = "peerlens.backends";

/** Verdicts kept; the oldest goes first. */
const MAX_ENTRIES = 16;

/**
 * A memory in this browser's storage. The user agent is part of every entry, because an update of
 * the browser can turn the verdict.
 */
export function storedBackendMemory(storage: Storage, userAgent: string): BackendMemory {
  const read = (): [string, Backend][] => {
    try {
      const value: unknown = JSON.parse(storage.getItem(KEY) ?? "[]");
      return Array.isArray(value) ? value.filter(isEntry) : [];
    } catch {
      return [];
    }
  };
  const nameOf = (modelSha256: string) => `${modelSha256} ${userAgent}`;
  return {
    recall: (modelSha256) => read().find(([name]) => name === nameOf(modelSha256))?.[1] ?? null,
    remember(modelSha256, backend) {
      const others = read().filter(([name]) => name !== nameOf(modelSha256));
      const entries = [...others, [nameOf(modelSha256), backend]].slice(-MAX_ENTRIES);
      try {
        storage.setItem(KEY, JSON.stringify(entries));
      } catch {
        // A full or forbidden storage costs a measurement on the next visit, nothing else.
      }
    },
  };
}

function isEntry(value: unknown): value is [string, Backend] {
  return Array.isArray(value) && typeof value[0] === "string" &&
    (value[1] === "wasm" || value[1] === "webgpu");
}
