import type { Profile } from "@/protocol";
import type { Log } from "../base/log.ts";
import { type CameraAbilities, readAbilities } from "./camera_abilities.ts";
import {
  type CameraChoice,
  constraintLadder,
  profileConstraints,
  switchTargets,
} from "./camera_constraints.ts";
import { type CameraProblem, problemOf } from "./camera_problem.ts";

/** The part of `navigator.mediaDevices` that is used. */
export type CameraDevices = Pick<MediaDevices, "getUserMedia" | "enumerateDevices">;

/** off → starting → live ⇄ starting; `failed` and `off` wait for a person, `failed` also for a wake-up. */
export type CameraView =
  | { readonly kind: "off" }
  | { readonly kind: "starting" }
  | {
    readonly kind: "live";
    readonly track: MediaStreamTrack;
    readonly abilities: CameraAbilities;
    readonly canSwitch: boolean;
    readonly isPaused: boolean;
    /** The system holds the picture back: the page is hidden, a call, another app. */
    readonly isMuted: boolean;
  }
  | { readonly kind: "failed"; readonly problem: CameraProblem };

/** What a camera is given and whom it tells. */
export interface CameraOptions {
  readonly devices: CameraDevices;
  readonly profile: Profile;
  readonly log: Log;
  onChange(view: CameraView): void;
}

/** The camera of this device: one track at a time, taken again when the system takes it away. */
export class Camera {
  readonly #options: CameraOptions;
  #profile: Profile;
  #choice: CameraChoice = { kind: "rear" };
  #track: MediaStreamTrack | null = null;
  #view: CameraView = { kind: "off" };
  #isPaused = false;
  #canSwitch = false;
  /** Grows with every start and stop: an answer to an older one is dropped. */
  #turn = 0;

  constructor(options: CameraOptions) {
    this.#options = options;
    this.#profile = options.profile;
  }

  get view(): CameraView {
    return this.#view;
  }

  get profile(): Profile {
    return this.#profile;
  }

  /** Takes the camera. Call it from a tap: browsers ask the person then. */
  start(): Promise<void> {
    return this.#take([this.#choice, { kind: "rear" }]);
  }

  /** Lets go of the camera; its light goes out. */
  stop(): void {
    this.#turn++;
    this.#release();
    this.#isPaused = false;
    this.#become({ kind: "off" });
  }

  /** Goes to the next camera; back to the present one where no other starts. */
  async switch(): Promise<void> {
    if (this.#view.kind !== "live") return;
    const { abilities } = this.#view;
    const targets = switchTargets(abilities, await this.#deviceIds());
    if (targets.length > 0) await this.#take([...targets, this.#choice, { kind: "rear" }]);
  }

  /** Black frames instead of the picture; the camera stays taken, so going on is instant. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (this.#track !== null) this.#track.enabled = !isPaused;
    this.#refresh();
  }

  /** Switches the light, where there is one. */
  setTorch(isOn: boolean): Promise<void> {
    return this.#adjust({ torch: isOn });
  }

  /** Sets the zoom, where there is one; held within its range. */
  async setZoom(value: number): Promise<void> {
    const zoom = this.#view.kind === "live" ? this.#view.abilities.zoom : null;
    if (zoom !== null) {
      await this.#adjust({ zoom: Math.min(Math.max(value, zoom.min), zoom.max) });
    }
  }

  /** Other sizes and rates on the same camera. */
  async setProfile(profile: Profile): Promise<void> {
    this.#profile = profile;
    try {
      await this.#track?.applyConstraints(profileConstraints(profile));
    } catch (error) {
      // The camera goes on as it was; the encoder's limits still follow the profile.
      this.#options.log(`could not change the camera's size: ${nameOf(error)}`);
    }
    this.#refresh();
  }

  /** The page is visible again: takes the camera anew where the system has ended or kept it. */
  async resume(): Promise<void> {
    const isGone = this.#view.kind === "live" && (isEnded(this.#track) || this.#track?.muted);
    const wasLost = this.#view.kind === "failed" && this.#view.problem === "lost";
    if (isGone || wasLost) await this.start();
  }

  async #take(choices: readonly CameraChoice[]): Promise<void> {
    const turn = ++this.#turn;
    // Many phones cannot have two cameras open: the old one goes first.
    this.#release();
    this.#become({ kind: "starting" });
    let problem: CameraProblem = "unknown";
    for (const choice of choices) {
      try {
        const track = await this.#open(choice);
        if (turn !== this.#turn) return track.stop();
        this.#choice = choice;
        this.#canSwitch = (await this.#deviceIds()).length > 1;
        if (turn !== this.#turn) return track.stop();
        return this.#adopt(track);
      } catch (error) {
        problem = problemOf(error);
        this.#options.log(`camera did not start: ${nameOf(error)}`);
        if (problem === "denied") break;
      }
      if (turn !== this.#turn) return;
    }
    this.#become({ kind: "failed", problem });
  }

  async #open(choice: CameraChoice): Promise<MediaStreamTrack> {
    let last: unknown;
    for (const video of constraintLadder(choice, this.#profile)) {
      try {
        const stream = await this.#options.devices.getUserMedia({ audio: false, video });
        return stream.getVideoTracks()[0]!;
      } catch (error) {
        last = error;
        if (problemOf(error) !== "overconstrained") break;
      }
    }
    throw last;
  }

  #adopt(track: MediaStreamTrack): void {
    this.#track = track;
    track.enabled = !this.#isPaused;
    const onChange = () => {
      if (this.#track !== track) return;
      // Ended by the system (unplugged, taken by a call); `stop()` does not fire this.
      if (isEnded(track)) this.#become({ kind: "failed", problem: "lost" });
      else this.#refresh();
    };
    for (const event of ["ended", "mute", "unmute"]) track.addEventListener(event, onChange);
    this.#options.log("camera started");
    this.#refresh();
  }

  async #adjust(advanced: { readonly torch?: boolean; readonly zoom?: number }): Promise<void> {
    try {
      // Alone: Chromium refuses to mix these with sizes, and leaves the sizes as they are.
      await this.#track?.applyConstraints({ advanced: [advanced as MediaTrackConstraintSet] });
    } catch (error) {
      this.#options.log(`the camera refused ${Object.keys(advanced)}: ${nameOf(error)}`);
    }
    this.#refresh();
  }

  async #deviceIds(): Promise<string[]> {
    const devices = await this.#options.devices.enumerateDevices().catch(() => []);
    return devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId }) => deviceId);
  }

  #release(): void {
    const track = this.#track;
    this.#track = null;
    track?.stop();
  }

  #refresh(): void {
    const track = this.#track;
    if (track === null || isEnded(track)) return;
    this.#become({
      kind: "live",
      track,
      abilities: readAbilities(track),
      canSwitch: this.#canSwitch,
      isPaused: this.#isPaused,
      isMuted: track.muted,
    });
  }

  #become(view: CameraView): void {
    this.#view = view;
    this.#options.onChange(view);
  }
}

function isEnded(track: MediaStreamTrack | null): boolean {
  return track?.readyState === "ended";
}

/** Only the name: messages of some browsers hold device ids. */
function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "unknown error";
}
