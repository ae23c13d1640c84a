import type { CameraName, PeerInfo, ServerCamera, SignalErrorCode } from "@/protocol";
import { errorText } from "../rooms/error_text.ts";
import { CAMERA_REFUSALS } from "../rtc/room_session.ts";
import type { ViewerState } from "./viewer_state.ts";

/** What the control of cameras stands on. */
export interface ServerCameraControlOptions {
  readonly state: Pick<ViewerState, "serverCameras" | "selectedId">;
  /** Who is in the room now. */
  peers(): readonly PeerInfo[];
  /** See `RoomSession.useCamera`. */
  use(name: CameraName, on: boolean): boolean;
  /** Plays an endpoint, which comes into no room. */
  play(name: CameraName, on: boolean): void;
}

/** Has cameras of the server come into the room and go, also after the server was another one meanwhile. */
export class ServerCameraControl {
  readonly #options: ServerCameraControlOptions;
  #wish: CameraName | null = null;
  /** To be shown large when it comes. */
  #awaited: CameraName | null = null;
  #lastAsked: CameraName | null = null;

  constructor(options: ServerCameraControlOptions) {
    this.#options = options;
  }

  /**
   * Has this camera come as soon as the server says that there is one. Only in a room of this browser's own:
   * an address that leads into another's would show it to whoever made that.
   */
  wish(name: CameraName | null): void {
    this.#wish = name;
  }

  /** The server says which cameras this page may use: on joining, and on every change. */
  heard(list: readonly ServerCamera[]): void {
    const { state: { serverCameras }, peers } = this.#options;
    serverCameras.list.value = list;
    const wish = list.find(({ name, status }) => name === this.#wish && status !== "unavailable");
    if (wish !== undefined) {
      this.#wish = null;
      return this.set(wish.name, true);
    }
    const present = new Set(peers().map(({ camera }) => camera));
    for (const { name } of list) {
      if (serverCameras.wanted.peek().has(name) && !present.has(name)) this.#use(name, true);
    }
  }

  /** A person wants it, or not any more. */
  readonly set = (name: CameraName, on: boolean): void => {
    const { list, wanted, problem } = this.#options.state.serverCameras;
    problem.value = null;
    const isEndpoint = list.peek().some((one) => one.name === name && one.kind === "whep");
    if (isEndpoint) return this.#options.play(name, on);
    const others = [...wanted.peek()].filter((other) => other !== name);
    wanted.value = new Set(on ? [...others, name] : others);
    if (on) this.#awaited = name;
    this.#use(name, on);
  };

  /** Somebody came into the room, or changed. */
  came({ id, camera }: PeerInfo): void {
    if (camera === undefined) return;
    // Also what was there before this page was loaded: a server that starts anew knows nothing of it.
    const { wanted } = this.#options.state.serverCameras;
    wanted.value = new Set([...wanted.peek(), camera]);
    if (camera !== this.#awaited) return;
    this.#awaited = null;
    this.#options.state.selectedId.value = id;
  }

  /** A camera that had no place for this page, as it seems, has one. */
  connected({ camera }: PeerInfo): void {
    if (camera !== undefined) this.#options.state.serverCameras.problem.value = null;
  }

  /** The server refused something. */
  refused(code: SignalErrorCode): void {
    if (!CAMERA_REFUSALS.has(code)) return;
    const { wanted, problem } = this.#options.state.serverCameras;
    problem.value = errorText(code);
    // Of a viewer without a place; its page keeps trying.
    if (code === "cameras-busy") return;
    wanted.value = new Set([...wanted.peek()].filter((name) => name !== this.#lastAsked));
    this.#awaited = null;
  }

  #use(name: CameraName, on: boolean): void {
    this.#lastAsked = name;
    this.#options.use(name, on);
  }
}
