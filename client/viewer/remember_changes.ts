import { effect } from "@preact/signals";
import { changedSettings } from "./detection_settings.ts";
import type { SettingsMemory } from "./settings_memory.ts";
import type { ViewerState } from "./viewer_state.ts";

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
