import { assertNever, type CameraCommand, DISPLAYS, type PeerId } from "@/protocol";
import { storedSwitch } from "../base/stored_switch.ts";
import { type KeyTarget, type Shortcut, shortcutOf } from "./shortcuts.ts";
import type { StageRecording } from "./stage_recording.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What commands act on. */
export interface PageCommandsOptions {
  readonly state: ViewerState;
  readonly recording: Pick<StageRecording, "snapshot" | "toggle">;
  command(phone: PeerId, command: CameraCommand): void;
}

/** What can be asked of the page by a key as well as by a button. */
export class PageCommands {
  readonly #options: PageCommandsOptions;
  readonly #hasDrawer = remembered("peerlens.viewer.settings");
  readonly #hasDashboard = remembered("peerlens.dashboard.open");
  #stage: HTMLElement | null = null;

  constructor(options: PageCommandsOptions) {
    this.#options = options;
    const { state } = options;
    state.drawer.value = { isOpen: this.#hasDrawer.isOn(), section: null };
    state.isDashboardOpen.value = this.#hasDashboard.isOn();
    addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** The element that goes full screen; `null`: it is gone. */
  setStage(stage: HTMLElement | null): void {
    this.#stage = stage;
  }

  /** Opens the drawer at one of its sections. */
  showSection(section: string): void {
    this.#hasDrawer.set(true);
    this.#options.state.drawer.value = { isOpen: true, section };
  }

  closeDrawer(): void {
    this.#hasDrawer.set(false);
    this.#options.state.drawer.value = { isOpen: false, section: null };
  }

  toggleDashboard(): void {
    const { isDashboardOpen } = this.#options.state;
    isDashboardOpen.value = !isDashboardOpen.peek();
    this.#hasDashboard.set(isDashboardOpen.peek());
  }

  /** Does what a shortcut stands for. */
  perform(shortcut: Shortcut): void {
    const { state } = this.#options;
    const choices = state.choices.peek();
    switch (shortcut) {
      case "full-screen":
        return this.#toggleFullScreen();
      case "view": {
        const display = DISPLAYS[(DISPLAYS.indexOf(choices.display) + 1) % DISPLAYS.length]!;
        state.choices.value = { ...choices, display };
        return;
      }
      case "mirror":
        state.choices.value = { ...choices, mirror: !choices.mirror };
        return;
      case "pause":
        return this.#togglePause();
      case "snapshot":
        return void this.#options.recording.snapshot();
      case "record":
        return this.#options.recording.toggle();
      case "help":
        state.isHelpOpen.value = !state.isHelpOpen.peek();
        return;
      default:
        return assertNever(shortcut);
    }
  }

  /** Where the browser has no full screen for elements, as on iPhones, nothing happens. */
  #toggleFullScreen(): void {
    if (document.fullscreenElement !== null) void document.exitFullscreen();
    else this.#stage?.requestFullscreen?.().catch(() => undefined);
  }

  /** Only the owner may command a phone, and only one whose camera is on. */
  #togglePause(): void {
    const { state, command } = this.#options;
    const phone = state.selected.peek();
    if (phone === null || phone.camera === null || state.links.peek() === null) return;
    const paused = phone.camera.status !== "paused";
    command(phone.id, { type: "camera-command", command: "pause", paused });
  }

  #onKey(event: KeyboardEvent): void {
    // A question is to be answered first, and in a sheet keys have their usual meaning.
    if (document.querySelector("dialog[open]:not([data-testid=shortcuts])") !== null) return;
    const shortcut = shortcutOf(event, event.target as KeyTarget | null);
    if (shortcut === null) return;
    if (this.#options.state.isHelpOpen.peek() && shortcut !== "help") return;
    event.preventDefault();
    this.perform(shortcut);
  }
}

/** Shut until a person opens it. */
function remembered(key: string) {
  return storedSwitch(key, { storage: () => localStorage, isOnAtFirst: false });
}
