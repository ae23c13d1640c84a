import type {
  FromRelayMessage,
  FromStreamMessage,
  Join,
  JoinOrigins,
  ModelsMessage,
  PeerId,
  RoomId,
  ServerCamera,
  SignalErrorCode,
  Token,
} from "@/protocol";
import { consoleLog } from "../base/log.ts";
import { watchPage } from "../base/page_events.ts";
import { pageTimers } from "../base/timers.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import { PhonePeer } from "./phone_peer.ts";
import { type Connect, type PeerEvent, RoomSession } from "./room_session.ts";
import { connectionMaker } from "../base/web_rtc.ts";

/** A viewer page's place, and whom to tell. */
export interface ViewerRoomOptions {
  /** `connectSignal` of `client/rooms`. */
  readonly connect: Connect;
  readonly origin: string;
  readonly roomId: RoomId;
  readonly role: "owner" | "viewer";
  readonly token: Token;
  /** From an owner. */
  readonly create?: NonNullable<Join["create"]>;
  /** From an owner: whether this browser made the room. */
  readonly isMadeHere?: boolean;
  /** The signalling: in the room, coming back, refused. */
  onState(state: ServerLinkState): void;
  /** A phone came, changed (track, connection, camera state) or went. */
  onPhone(event: PeerEvent<PhonePeer>): void;
  /** The server said something about one of this page's streams; see `InferenceStreams`. */
  onStream(message: FromStreamMessage): void;
  /** Phones reach the server at other addresses than before. */
  onJoinOrigins(message: JoinOrigins): void;
  /** Which models the server has from now on. */
  onModels(message: ModelsMessage): void;
  /** To an owner: the view-only viewers of now. */
  onViewers(viewers: readonly PeerId[]): void;
  /** To an owner: the cameras of the server that it may use. */
  onCameras(cameras: readonly ServerCamera[]): void;
  /** The server refused something that the page goes on without. */
  onRefused(code: SignalErrorCode): void;
  /** The server said something about pictures through it; see `ViewerRelay` of `client/relay`. */
  onRelay(message: FromRelayMessage): void;
}

/** A viewer page in its room. */
export type ViewerRoom = RoomSession<PhonePeer>;

/**
 * Joins a room as a viewer and follows its phones. Connections outlive the server: a phone that
 * is connected stays so while signalling is away.
 *
 * @example
 * ```ts ignore
 * const room = openViewerRoom({
 *   connect: connectSignal,
 *   origin: location.origin,
 *   roomId: keys.roomId,
 *   role: "owner",
 *   token: keys.ownerToken,
 *   create: { viewToken: keys.viewToken, joinToken: keys.joinToken },
 *   onState: (state) => signal.value = state,
 *   onStream: (message) => streams.receive(message),
 *   onJoinOrigins: ({ joinOrigins }) => links.value = linksOf(access, joinOrigins),
 *   onModels: ({ revision }) => models.heard(revision),
 *   onViewers: (viewers) => shownViewers.value = viewers,
 *   onCameras: (cameras) => shownCameras.value = cameras,
 *   onRefused: (code) => problem.value = errorText(code),
 *   onRelay: (message) => relay.receive(message),
 *   onPhone: ({ kind, peer: phone }) => {
 *     if (kind === "added") phone.sendPrivacy({ type: "privacy-state", frames: "local", eventsTo: null });
 *     if (kind !== "removed" && phone.track !== shown) show(shown = phone.track);
 *     phones.value = [...room.peers];
 *   },
 * });
 * room.peers[0]?.sendCommand({ type: "camera-command", command: "switch" });
 * const { code, expiresInMs } = await room.requestCode();
 * ```
 */
export function openViewerRoom(options: ViewerRoomOptions): ViewerRoom {
  const { connect, origin, roomId, role, token, create, isMadeHere } = options;
  return new RoomSession({
    connect: (page) => connect({ origin, roomId, role, token, create, isMadeHere, ...page }),
    timers: pageTimers,
    watchPage,
    log: consoleLog,
    createConnection: connectionMaker(),
    createPeer: (info, io) => new PhonePeer(info, io),
    onState: options.onState,
    onPeer: options.onPhone,
    onStream: options.onStream,
    onJoinOrigins: options.onJoinOrigins,
    onModels: options.onModels,
    onViewers: options.onViewers,
    onCameras: options.onCameras,
    onRefused: options.onRefused,
    onRelay: options.onRelay,
  });
}
