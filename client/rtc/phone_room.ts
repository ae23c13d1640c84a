import type {
  CameraCommand,
  CameraState,
  FromRelayMessage,
  RoomId,
  Token,
  ToRelayMessage,
  WireDetection,
} from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { watchPage } from "../base/page_events.ts";
import { pageTimers } from "../base/timers.ts";
import type { OpenTopic } from "../link/bulk.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import type { OutgoingVideo } from "./media_parameters.ts";
import { type Connect, RoomSession } from "./room_session.ts";
import { ViewerLink } from "./viewer_link.ts";

/** A phone page's place, and whom to tell. */
export interface PhoneRoomOptions {
  /** `connectSignal` of `client/rooms`. */
  readonly connect: Connect;
  readonly origin: string;
  readonly roomId: RoomId;
  readonly token: Token;
  onState(state: ServerLinkState): void;
  /** A viewer came, changed or went. */
  onViewers(links: readonly ViewerLink[]): void;
  /** The server said something about pictures through it; see `PhoneRelay` of `client/relay`. */
  onRelay(message: FromRelayMessage): void;
  /** The owner asks for something. Extra viewers are not heard. */
  onCommand(command: CameraCommand): void;
  /** What the owner's page found on this phone's picture, a few times a second at most. */
  onDetections(detections: readonly WireDetection[]): void;
}

/** A phone page in its room: one picture and one camera state for all viewers. */
export class PhoneRoom {
  readonly #session: RoomSession<ViewerLink>;
  #video: OutgoingVideo | null = null;
  #cameraState: CameraState | null = null;

  constructor(options: PhoneRoomOptions) {
    const { connect, origin, roomId, token } = options;
    this.#session = new RoomSession<ViewerLink>({
      connect: (events) => connect({ origin, roomId, role: "phone", token, ...events }),
      timers: pageTimers,
      watchPage,
      log: consoleLog,
      createConnection: (configuration) => new RTCPeerConnection(configuration),
      createLink: (peer, io) => new ViewerLink(peer, io, options),
      onState: options.onState,
      onRelay: options.onRelay,
      onPeer: ({ kind, link }) => {
        if (kind === "added") this.#supply(link);
        options.onViewers(this.#session.links);
      },
    });
  }

  get state(): ServerLinkState {
    return this.#session.state;
  }

  get viewers(): readonly ViewerLink[] {
    return this.#session.links;
  }

  /** Sends this picture to every viewer, present and to come; `null`: none for now. */
  setVideo(video: OutgoingVideo | null): void {
    this.#video = video;
    for (const link of this.#session.links) link.setVideo(video);
  }

  /** Tells every viewer, present and to come. */
  setCameraState(state: CameraState): void {
    this.#cameraState = state;
    for (const link of this.#session.links) link.setCameraState(state);
  }

  /** Opens a topic that the server has given. */
  readonly openTopic: OpenTopic = (number, events) => this.#session.openTopic(number, events);

  /** Says something to the server about pictures through it; `false`: not in the room now. */
  sendRelay(body: ToRelayMessage["body"]): boolean {
    return this.#session.sendRelay(body);
  }

  /** Tries to reach the server at once. */
  retry(): void {
    this.#session.retry();
  }

  /** Leaves the room on purpose. */
  leave(): void {
    this.#session.close({ leave: true });
  }

  #supply(link: ViewerLink): void {
    if (this.#cameraState !== null) link.setCameraState(this.#cameraState);
    if (this.#video !== null) link.setVideo(this.#video);
  }
}
