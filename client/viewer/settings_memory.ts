import {
  changedSettings,
  readSettings,
  type WishedSettings,
} from "../detection/detection_settings.ts";
import { effect } from "@preact/signals";
import type { ViewerState } from "./viewer_state.ts";

/** What this browser's user has set, for the next visit. */
export interface SettingsMemory {
  /** All that is remembered. */
  settings(): WishedSettings;
  /** Remembers these besides. */
  add(changed: WishedSettings): void;
}

const KEY = "peerlens.settings";

/** Remembered in this browser; where its storage is shut, for as long as the page lives. */
export function storedSettings(
  storage: () => Pick<Storage, "getItem" | "setItem">,
): SettingsMemory {
  let settings: WishedSettings = {};
  try {
    settings = readSettings(JSON.parse(storage().getItem(KEY) ?? "{}"));
  } catch {
    // As usual.
  }
  return {
    settings: () => settings,
    add(changed) {
      if (Object.keys(changed).length === 0) return;
      settings = { ...settings, ...changed };
      try {
        storage().setItem(KEY, JSON.stringify(settings));
      } catch {
        // Forgotten with the page.
      }
    },
  };
}

/**
 * Remembers what a person changes from now on. What is as the server or a link says is not
 * remembered: the server may be started otherwise the next time.
 */
export function rememberChanges(state: ViewerState, memory: SettingsMemory): void {
  let before = state.choices.peek();
  effect(() => {
    const after = state.choices.value;
    memory.add(changedSettings(before, after, state.model.peek()?.labels ?? []));
    before = after;
  });
}
