/** Small facts by name, remembered in this browser. */
export interface StoredMap<T> {
  /** `null`: not known. */
  get(name: string): T | null;
  /** The oldest goes where there are too many. */
  set(name: string, value: T): void;
}

/** Where facts are kept, and which. */
export interface StoredMapOptions<T> {
  readonly storage: () => Pick<Storage, "getItem" | "setItem">;
  readonly key: string;
  readonly maxEntries: number;
  /** Storage is the person's own and may hold anything. */
  readonly isValue: (value: unknown) => value is T;
}

/** In this browser's storage; where that is shut, nothing is remembered. */
export function storedMap<T>(
  { storage, key, maxEntries, isValue }: StoredMapOptions<T>,
): StoredMap<T> {
  const isEntry = (entry: unknown): entry is [string, T] =>
    Array.isArray(entry) && typeof entry[0] === "string" && isValue(entry[1]);
  const read = (): [string, T][] => {
    try {
      const value: unknown = JSON.parse(storage().getItem(key) ?? "[]");
      return Array.isArray(value) ? value.filter(isEntry) : [];
    } catch {
      return [];
    }
  };
  return {
    get: (name) => read().find(([known]) => known === name)?.[1] ?? null,
    set(name, value) {
      const others = read().filter(([known]) => known !== name);
      const entries = [...others, [name, value]].slice(-maxEntries);
      try {
        storage().setItem(key, JSON.stringify(entries));
      } catch {
        // A full or forbidden storage costs a measurement or a question on the next visit, nothing else.
      }
    },
  };
}
