import type {
  CameraCommand,
  CameraState,
  FromRelayMessage,
  LabelledDetection,
  RoomId,
  Token,
  ToRelayMessage,
} from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { watchPage } from "../base/page_events.ts";
import { pageTimers } from "../base/timers.ts";
import type { OpenTopic } from "../link/topic.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import type { OutgoingVideo } from "./media_parameters.ts";
import { type Connect, RoomSession } from "./room_session.ts";
import { ViewerPeer } from "./viewer_peer.ts";
import { connectionMaker } from "../base/web_rtc.ts";

/** A phone page's place, and whom to tell. */
export interface PhoneRoomOptions {
  /** `connectSignal` of `client/rooms`. */
  readonly connect: Connect;
  readonly origin: string;
  readonly roomId: RoomId;
  readonly token: Token;
  onState(state: ServerLinkState): void;
  /** A viewer came, changed or went. */
  onViewers(viewers: readonly ViewerPeer[]): void;
  /** The server said something about pictures through it; see `PhoneRelay` of `client/relay`. */
  onRelay(message: FromRelayMessage): void;
  /** The owner asks for something. Extra viewers are not heard. */
  onCommand(command: CameraCommand): void;
  /** What the owner's page found on this phone's picture, a few times a second at most. */
  onDetections(detections: readonly LabelledDetection[]): void;
}

/** A phone page in its room: one picture and one camera state for all viewers. */
export class PhoneRoom {
  readonly #session: RoomSession<ViewerPeer>;
  #video: OutgoingVideo | null = null;
  #cameraState: CameraState | null = null;

  constructor(options: PhoneRoomOptions) {
    const { connect, origin, roomId, token } = options;
    this.#session = new RoomSession<ViewerPeer>({
      connect: (page) => connect({ origin, roomId, role: "phone", token, ...page }),
      timers: pageTimers,
      watchPage,
      log: consoleLog,
      createConnection: connectionMaker(),
      createPeer: (info, io) => new ViewerPeer(info, io, options),
      onState: options.onState,
      onRelay: options.onRelay,
      onPeer: ({ kind, peer }) => {
        if (kind === "added") this.#supply(peer);
        options.onViewers(this.#session.peers);
      },
    });
  }

  get state(): ServerLinkState {
    return this.#session.state;
  }

  get viewers(): readonly ViewerPeer[] {
    return this.#session.peers;
  }

  /** Sends this picture to every viewer, present and to come; `null`: none for now. */
  setVideo(video: OutgoingVideo | null): void {
    this.#video = video;
    for (const viewer of this.#session.peers) viewer.setVideo(video);
  }

  /** Tells every viewer, present and to come. */
  setCameraState(state: CameraState): void {
    this.#cameraState = state;
    for (const viewer of this.#session.peers) viewer.setCameraState(state);
  }

  /** Opens a topic that the server has given. */
  readonly openTopic: OpenTopic = (...topic) => this.#session.openTopic(...topic);

  /** Says something to the server about pictures through it; `false`: not in the room now. */
  sendRelay(body: ToRelayMessage["body"]): boolean {
    return this.#session.sendRelay(body);
  }

  /** See {@linkcode RoomSession.watchClosely}. */
  watchClosely(isClose: boolean): void {
    this.#session.watchClosely(isClose);
  }

  /** Tries to reach the server at once. */
  retry(): void {
    this.#session.retry();
  }

  /** Leaves the room on purpose. */
  leave(): void {
    this.#session.close({ leave: true });
  }

  #supply(viewer: ViewerPeer): void {
    if (this.#cameraState !== null) viewer.setCameraState(this.#cameraState);
    if (this.#video !== null) viewer.setVideo(this.#video);
  }
}
