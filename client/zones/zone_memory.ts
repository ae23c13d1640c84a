import { readZones, type Zone } from "./zone.ts";

/** The zones that this browser's user has drawn. */
export interface ZoneMemory {
  zones(): readonly Zone[];
  set(zones: readonly Zone[]): void;
}

const KEY = "peerlens.zones";

/** Remembered in this browser; where its storage is shut, for as long as the page lives. */
export function storedZones(storage: () => Pick<Storage, "getItem" | "setItem">): ZoneMemory {
  let zones: readonly Zone[] = [];
  try {
    zones = readZones(JSON.parse(storage().getItem(KEY) ?? "[]"));
  } catch {
    // None.
  }
  return {
    zones: () => zones,
    set(next) {
      zones = next;
      try {
        storage().setItem(KEY, JSON.stringify(next));
      } catch {
        // Forgotten with the page.
      }
    },
  };
}
