import type {
  CameraName,
  FromRelayMessage,
  FromServerMessage,
  FromStreamMessage,
  IceServer,
  JoinOrigins,
  ModelsMessage,
  PeerId,
  PeerInfo,
  ServerCamera,
  SignalErrorCode,
  ToRelayMessage,
  ToStreamMessage,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import type { WatchPage } from "../base/page_events.ts";
import type { Timers } from "../base/timers.ts";
import type { OpenTopic } from "../link/topic.ts";
import type { ServerLinkState } from "../link/server_link_state.ts";
import type { PageLink } from "../link/page_link.ts";
import type { ConnectSignalOptions } from "../rooms/connect_signal.ts";
import { peerChanges } from "./peer_changes.ts";
import type { PeerIo, RemotePeer } from "./remote_peer.ts";

/** A peer that was connected and is now neither that nor in the room is given up after this long. */
export const ABSENT_KEEP_MS = 30_000;

/** The same where nothing was connected yet: there is nothing to come back to. */
export const ABSENT_WAITING_MS = 4_000;

/** A server that does not answer a request for a code in this time will not. */
export const CODE_TIMEOUT_MS = 5_000;

/** What is refused of cameras of the server. */
export const CAMERA_REFUSALS: ReadonlySet<SignalErrorCode> = new Set([
  "unknown-camera",
  "too-many-cameras",
  "cameras-busy",
]);

/** What a session uses of its page's links. */
export type Signal = Pick<
  PageLink,
  "send" | "retry" | "close" | "state" | "openTopic" | "watchClosely"
>;

/** How a page joins: `connectSignal` of `client/rooms`, or a stand-in. */
export type Connect = (options: ConnectSignalOptions) => Signal;

/** One peer came, changed in anything that the page shows, or went. */
export interface PeerEvent<P extends RemotePeer> {
  readonly kind: "added" | "changed" | "removed";
  readonly peer: P;
}

/** What a session is given and whom it tells. Callbacks come after the constructor has returned. */
export interface RoomSessionOptions<P extends RemotePeer> {
  readonly connect: (
    page: Pick<ConnectSignalOptions, "hasWebRtc" | "onState" | "onMessage">,
  ) => Signal;
  readonly timers: Timers;
  readonly watchPage: WatchPage;
  readonly log: Log;
  readonly createConnection: PeerIo["createConnection"];
  createPeer(info: PeerInfo, io: PeerIo): P;
  onState(state: ServerLinkState): void;
  onPeer(event: PeerEvent<P>): void;
  /** The server itself said something about one of this page's streams of frames. */
  onStream?(message: FromStreamMessage): void;
  /** Phones reach the server at other addresses than before. */
  onJoinOrigins?(message: JoinOrigins): void;
  /** The server has other models than before, or says which it has. */
  onModels?(message: ModelsMessage): void;
  /** To an owner: the view-only viewers of now. */
  onViewers?(viewers: readonly PeerId[]): void;
  /** To an owner: the cameras of the server that it may use. */
  onCameras?(cameras: readonly ServerCamera[]): void;
  /** The server refused something that the page goes on without. */
  onRefused?(code: SignalErrorCode): void;
  /** The server said something about pictures through it. */
  onRelay?(message: FromRelayMessage): void;
}

/** A short code that leads a phone to the room. */
export interface RoomCode {
  readonly code: string;
  readonly expiresInMs: number;
}

/** Why the server gave no code; `lost`: it did not answer. */
export class CodeError extends Error {
  readonly code: SignalErrorCode | "lost";

  constructor(code: SignalErrorCode | "lost") {
    super(`Cannot get a code: ${code}`);
    this.name = "CodeError";
    this.code = code;
  }
}

/** One page in one room: its links to the server, and its peers. */
export class RoomSession<P extends RemotePeer> {
  readonly #options: RoomSessionOptions<P>;
  #signal: Signal;
  #createConnection: PeerIo["createConnection"];
  readonly #stopWatching: () => void;
  readonly #peers = new Map<PeerId, P>();
  readonly #absent = new Map<PeerId, number>();
  #iceServers: readonly IceServer[] = [];
  #codeRequests: Array<(result: RoomCode | CodeError) => void> = [];

  constructor(options: RoomSessionOptions<P>) {
    this.#options = options;
    this.#createConnection = options.createConnection;
    this.#stopWatching = options.watchPage({
      onWake: () => {},
      onNetworkChange: () => this.#peers.forEach((peer) => peer.networkChanged()),
    });
    this.#signal = this.#connect();
  }

  get state(): ServerLinkState {
    return this.#signal.state;
  }

  /** Those of now, oldest first. */
  get peers(): readonly P[] {
    return [...this.#peers.values()];
  }

  /** For connections that are made now; empty before the room was joined. */
  get iceServers(): readonly IceServer[] {
    return this.#iceServers;
  }

  /** Tries to reach the server at once: for a person's tap. */
  retry(): void {
    this.#signal.retry();
  }

  /** See {@linkcode PageLink.watchClosely}; to be said anew when the room is joined anew. */
  watchClosely(isClose: boolean): void {
    this.#signal.watchClosely(isClose);
  }

  /** Opens a topic that the server has given. */
  readonly openTopic: OpenTopic = (...topic) => this.#signal.openTopic(...topic);

  /** Says something to the server itself about a stream of frames; `false`: not in the room now. */
  sendStream(message: ToStreamMessage): boolean {
    return this.#signal.send(message);
  }

  /** Says something to the server about pictures through it; `false`: not in the room now. */
  sendRelay(body: ToRelayMessage["body"]): boolean {
    return this.#signal.send({ type: "relay", body });
  }

  /** Owner only. @throws {CodeError} (rejects) If the server refuses or cannot be reached. */
  requestCode(): Promise<RoomCode> {
    return new Promise((resolve, reject) => {
      if (!this.#signal.send({ type: "code-request" })) return reject(new CodeError("lost"));
      const { timers } = this.#options;
      const settle = (result: RoomCode | CodeError) => {
        timers.clearTimeout(timer);
        this.#codeRequests = this.#codeRequests.filter((request) => request !== settle);
        if (result instanceof CodeError) reject(result);
        else resolve(result);
      };
      const timer = timers.setTimeout(() => settle(new CodeError("lost")), CODE_TIMEOUT_MS);
      this.#codeRequests.push(settle);
    });
  }

  /** Owner only: has a phone or viewer go, and not come back into the room. */
  sendAway(peerId: PeerId): void {
    if (this.#signal.send({ type: "send-away", peer: peerId })) this.#remove(peerId);
  }

  /** Owner only: has a camera of the server come into the room, or go. `false`: not in the room now. */
  useCamera(name: CameraName, on: boolean): boolean {
    return this.#signal.send({ type: "use-camera", name, on });
  }

  /** The end. `leave`: the others are told that it is on purpose. */
  close(options: { readonly leave: boolean }): void {
    this.#stopWatching();
    this.#signal.close(options);
    for (const peerId of [...this.#peers.keys()]) this.#remove(peerId);
  }

  #connect(): Signal {
    const signal: Signal = this.#options.connect({
      hasWebRtc: this.#createConnection !== null,
      onState: (state) => {
        if (signal === this.#signal) this.#onState(state);
      },
      onMessage: (message) => {
        if (signal === this.#signal) this.#onMessage(message);
      },
    });
    return signal;
  }

  /** Comes in once more, as a page without WebRTC: so the others know it, too. */
  #goWithoutWebRtc(): void {
    if (this.#createConnection === null) return;
    this.#createConnection = null;
    const before = this.#signal;
    this.#signal = this.#connect();
    before.close({ leave: false });
    for (const peerId of [...this.#peers.keys()]) this.#remove(peerId);
  }

  #onState(state: ServerLinkState): void {
    if (state.kind !== "joined") {
      this.#codeRequests.forEach((settle) => settle(new CodeError("lost")));
      // Offers would be dropped; what is connected goes on.
      for (const peer of this.#peers.values()) if (peer.isReachable) peer.setReachable(false);
    }
    if (state.kind === "refused" && state.code === "sent-away") {
      for (const peerId of [...this.#peers.keys()]) this.#remove(peerId);
    }
    this.#options.onState(state);
  }

  #onMessage(message: FromServerMessage): void {
    switch (message.type) {
      case "offer":
      case "answer":
      case "ice-candidate": {
        const peer = this.#peers.get(message.from);
        if (peer?.info.instance === message.fromInstance) void peer.receive(message);
        return;
      }
      case "inference":
        return this.#options.onStream?.(message);
      case "join-origins":
        return this.#options.onJoinOrigins?.(message);
      case "models":
        return this.#options.onModels?.(message);
      case "viewers":
        return this.#options.onViewers?.(message.viewers);
      case "cameras":
        return this.#options.onCameras?.(message.cameras);
      case "relay":
        return this.#options.onRelay?.(message);
      case "ice-servers":
        return this.#setIceServers(message.iceServers);
      case "code":
        return this.#codeRequests[0]?.(message);
      case "error":
        this.#options.log(`the server refused: ${message.code}`);
        if (message.code === "unknown-peer") return;
        this.#options.onRefused?.(message.code);
        // Those of cameras answer no request for a code.
        if (CAMERA_REFUSALS.has(message.code)) return;
        return this.#codeRequests[0]?.(new CodeError(message.code));
      case "joined":
        // First: connections that are made for the peers of this message need them.
        this.#setIceServers(message.iceServers);
        return this.#change(message);
      default:
        return this.#change(message);
    }
  }

  #setIceServers(iceServers: readonly IceServer[]): void {
    this.#iceServers = iceServers;
    for (const peer of this.#peers.values()) peer.iceServersChanged();
  }

  #change(message: FromServerMessage): void {
    const known = new Map([...this.#peers].map(([peerId, { info }]) => [peerId, info]));
    for (const change of peerChanges(known, message)) {
      switch (change.kind) {
        case "open":
          this.#add(change.peer);
          break;
        case "reachable":
          this.#absent.delete(change.peerId);
          this.#peers.get(change.peerId)?.setReachable(true);
          break;
        case "unreachable":
          this.#markAbsent(change.peerId);
          break;
        case "close":
          this.#remove(change.peerId);
          break;
      }
    }
  }

  #add(info: PeerInfo): void {
    const { createPeer, timers, log, onPeer } = this.#options;
    const isCurrent = () => this.#peers.get(info.id) === peer;
    const peer: P = createPeer(info, {
      iceServers: () => this.#iceServers,
      timers,
      log,
      createConnection: this.#createConnection,
      onNoWebRtc: () => this.#goWithoutWebRtc(),
      send: (message) => {
        this.#signal.send({ ...message, to: info.id, toInstance: info.instance });
      },
      onChange: () => {
        if (isCurrent()) onPeer({ kind: "changed", peer });
      },
    });
    this.#absent.delete(info.id);
    this.#peers.set(info.id, peer);
    onPeer({ kind: "added", peer });
  }

  #markAbsent(peerId: PeerId): void {
    // A camera of the server is not somewhere else: a server that does not know it has not got it.
    if (this.#peers.get(peerId)?.info.camera !== undefined) return this.#remove(peerId);
    const { timers } = this.#options;
    const sinceMs = timers.nowMs();
    this.#peers.get(peerId)?.setReachable(false);
    this.#absent.set(peerId, sinceMs);
    const sweep = () => {
      const peer = this.#peers.get(peerId);
      if (this.#absent.get(peerId) !== sinceMs || peer === undefined) return;
      // Video goes on without the server for as long as it can.
      if (peer.connectionState.kind === "connected") timers.setTimeout(sweep, ABSENT_KEEP_MS);
      else this.#remove(peerId);
    };
    const { kind } = this.#peers.get(peerId)?.connectionState ?? { kind: "waiting" };
    const isUnconnected = kind === "waiting" || kind === "impossible";
    timers.setTimeout(sweep, isUnconnected ? ABSENT_WAITING_MS : ABSENT_KEEP_MS);
  }

  #remove(peerId: PeerId): void {
    const peer = this.#peers.get(peerId);
    if (peer === undefined) return;
    this.#peers.delete(peerId);
    this.#absent.delete(peerId);
    peer.close();
    this.#options.onPeer({ kind: "removed", peer });
  }
}
