import type { Consent } from "./consent.ts";
import { type ModeInput, type ModeState, startMode, stepMode } from "../detection/mode_choice.ts";
import type { SettingsMemory } from "./settings_memory.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What a change of mode asks, changes and remembers. */
export interface ModeControlOptions {
  readonly state: Pick<ViewerState, "mode" | "choices" | "config">;
  readonly consent: Consent;
  readonly memory: SettingsMemory;
}

/** Changes the mode that is in force, as far as consent allows. */
export class ModeControl {
  readonly #options: ModeControlOptions;

  constructor(options: ModeControlOptions) {
    this.#options = options;
  }

  /** Somebody, or something, wants another mode, or answered the question for one. */
  change(input: ModeInput): void {
    const { state, consent, memory } = this.#options;
    const before = state.mode.peek();
    const after = stepMode(before, input, consent.isGiven());
    this.set(after);
    if (after.mode !== before.mode) memory.add({ mode: after.mode });
  }

  /** The answer to the question whether frames may go to the server. */
  answer(yes: boolean): void {
    if (yes) this.#options.consent.give();
    this.change({ kind: "answered", yes });
  }

  /** Something else is shown: what needed no consent of a camera of the server does so of a phone. */
  sourceChanged(): void {
    const { state, consent } = this.#options;
    const { mode } = state.mode.peek();
    if (mode !== "server" || consent.isGiven()) return;
    this.set(startMode({ mode, modes: state.config.peek()?.modes ?? [] }, false));
    this.change({ kind: "phone-joined" });
  }

  /** Takes a mode as it is. */
  set(mode: ModeState): void {
    const { state } = this.#options;
    state.mode.value = mode;
    const choices = state.choices.peek();
    if (choices.mode !== mode.mode) state.choices.value = { ...choices, mode: mode.mode };
  }
}
