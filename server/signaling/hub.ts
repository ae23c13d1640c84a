import {
  assertNever,
  type FromClientMessage,
  type FromStreamMessage,
  type Join,
  type Role,
  type RoomId,
  type SignalErrorCode,
  type Token,
  type ToStreamMessage,
} from "@/protocol";
import type { Log } from "../log.ts";
import { type IceServers, NO_ICE_SERVERS } from "../turn/ice_servers.ts";
import { type CodeAnswer, Codes } from "./codes.ts";
import { KeyedLimiter, type Rate } from "./rate_limit.ts";
import { refusal } from "./refusal.ts";
import type { ConnectionId, Outgoing } from "./room.ts";
import { type Membership, type RegistryLimits, RoomRegistry } from "./room_registry.ts";
import { type Carrier, type SessionEvents, SignalSession } from "./session.ts";
import { SignalCounts } from "./signal_counts.ts";
import type { StreamEvents, Viewer } from "./stream_events.ts";
import { logName } from "./tokens.ts";

/** Connections past the limit that are told why before the server stops answering at all. */
const TOLD_CONNECTIONS = 8;

/** Bounds on all rooms and connections. */
export interface HubLimits extends RegistryLimits {
  /** Both carriers together. */
  readonly maxSocketsPerAddress: number;
  /** Joins of one address. */
  readonly joins: Rate;
}

/** What the hub is built from. */
export interface HubOptions {
  readonly limits: HubLimits;
  readonly log: Log;
  /** Ms on a clock that does not go backwards. @default {performance.now} */
  readonly now?: () => number;
  /** Who keeps the streams of frames; without it the server offers none. */
  readonly streams?: StreamEvents;
  /** What members are told for their connections. @default {NO_ICE_SERVERS} */
  readonly iceServers?: IceServers;
}

/** A room and the secret that lets a phone in. Goes into a redirect to one person, nowhere else. */
export interface JoinTarget {
  readonly roomId: RoomId;
  readonly joinToken: Token;
}

/**
 * Joins connections to rooms: the one place that knows both. Holds no socket and starts no timer;
 * {@linkcode sweep} is to be called about once a second.
 */
export class SignalHub implements SessionEvents {
  /** What all sessions said and were refused. */
  readonly signals = new SignalCounts();
  readonly #limits: HubLimits;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #registry: RoomRegistry;
  readonly #codes = new Codes();
  readonly #joins: KeyedLimiter;
  readonly #sessions = new Map<ConnectionId, SignalSession>();
  readonly #streams: StreamEvents | null;
  /** Those whom {@linkcode StreamEvents} know, until their connection ends. */
  readonly #viewers = new Map<ConnectionId, Viewer>();
  readonly #wires = new Map<string, number>();
  readonly #iceServers: IceServers;
  #iceRenewedMs: number;
  #lastId: ConnectionId = 0;
  #closing = false;

  constructor(options: HubOptions) {
    const { limits, log, now = () => performance.now(), streams } = options;
    this.#limits = limits;
    this.#log = log;
    this.#now = now;
    this.#iceServers = options.iceServers ?? NO_ICE_SERVERS;
    this.#iceRenewedMs = now();
    this.#registry = new RoomRegistry(limits, this.#iceServers);
    this.#joins = new KeyedLimiter(limits.joins);
    this.#streams = streams ?? null;
  }

  /**
   * Whether one more wire of this address is to be answered at all. Those just past the limit are,
   * so that {@linkcode open} can tell the page why not.
   */
  accepts(address: string): boolean {
    return this.#wiresOf(address) < this.#limits.maxSocketsPerAddress + TOLD_CONNECTIONS;
  }

  /** Counts a wire from its acceptance to its real end, which may come after its session's. */
  countWire(address: string): () => void {
    this.#wires.set(address, this.#wiresOf(address) + 1);
    let counted = true;
    return () => {
      if (!counted) return;
      counted = false;
      const left = this.#wiresOf(address) - 1;
      if (left > 0) this.#wires.set(address, left);
      else this.#wires.delete(address);
    };
  }

  /** Starts a session on an open wire that is already counted. It may be refused at once. */
  open(carrier: Carrier, address: string): SignalSession {
    const id = ++this.#lastId;
    const session = new SignalSession({
      id,
      address,
      carrier,
      events: this,
      counts: this.signals,
      now: this.#now,
    });
    this.#sessions.set(id, session);
    if (this.#closing) session.send(refusal("server-closing"));
    else if (this.#wiresOf(address) > this.#limits.maxSocketsPerAddress) {
      this.#log.warn("too many sockets", { address });
      session.send(refusal("too-many-sockets"));
    }
    return session;
  }

  /** See {@linkcode SessionEvents.handle}. */
  handle(session: SignalSession, message: FromClientMessage): void {
    switch (message.type) {
      case "join":
        return this.#join(session, message);
      case "offer":
      case "answer":
      case "ice-candidate":
        return this.#deliver(this.#registry.relay(session.id, message, this.#now()));
      case "code-request":
        return this.#issueCode(session);
      case "inference":
        return this.#toStream(session, message);
      case "ping":
      case "leave":
        return;
      default:
        return assertNever(message);
    }
  }

  /** See {@linkcode SessionEvents.ended}. */
  ended(session: SignalSession, reason: "left" | "lost"): void {
    this.#sessions.delete(session.id);
    const membership = this.#registry.membership(session.id);
    if (membership === undefined) return this.#viewerGone(session, "left");
    this.#logPeer(`peer ${reason}`, session);
    const send = this.#registry.leave(session.id, reason, this.#now());
    this.#viewerGone(session, reason);
    // All go at once: nobody is to take the others for lost in the moment before its own farewell.
    if (!this.#closing) this.#deliver(send);
  }

  /** Looks a short code up for somebody at `address`. */
  resolveCode(code: string, address: string): CodeAnswer {
    return this.#codes.resolve(code, address, this.#now());
  }

  /** How a phone gets into a room, or `null` when the room is gone. */
  joinTarget(roomId: RoomId): JoinTarget | null {
    const joinToken = this.#registry.joinToken(roomId);
    return joinToken === undefined ? null : { roomId, joinToken };
  }

  /** What a token opens a room as; `null` for a wrong one as for a room that does not exist. */
  roleOf(roomId: string, token: string): Role | null {
    return this.#registry.roleOf(roomId, token);
  }

  /** Tells a viewer about one of its streams, if it is there now. */
  tellViewer(viewer: Viewer, message: FromStreamMessage): void {
    const connection = this.#registry.connectionOf(viewer);
    if (connection !== undefined) this.#sessions.get(connection)?.send(message);
  }

  /** The room of the owner who joined last, among those present whose address `accepts`. */
  latestOwnedRoom(accepts: (address: string) => boolean): JoinTarget | null {
    // Connection ids grow and a Map keeps its order, so the last one found is the newest.
    const owners = [...this.#sessions.values()].filter((session) =>
      accepts(session.address) && this.#registry.membership(session.id)?.self.role === "owner"
    );
    const newest = owners.at(-1);
    return newest === undefined
      ? null
      : this.joinTarget(this.#registry.membership(newest.id)!.roomId);
  }

  /** Applies every time limit. */
  sweep(): void {
    const nowMs = this.#now();
    for (const session of [...this.#sessions.values()]) session.tick(nowMs);
    for (const roomId of this.#registry.sweep(nowMs)) {
      this.#codes.revoke(roomId);
      this.#streams?.roomExpired(roomId);
      this.#log.info("room expired", { room: logName(roomId) });
    }
    this.#codes.sweep(nowMs);
    this.#joins.sweep(nowMs);
    this.#renewIceServers(nowMs);
  }

  /** Tells every peer that the server goes away, and refuses those who come after. */
  close(): void {
    this.#closing = true;
    for (const session of [...this.#sessions.values()]) session.send(refusal("server-closing"));
  }

  /** What is held now, for health pages and tests. */
  counts(): { rooms: number; peers: number; sessions: number; wires: number } {
    let wires = 0;
    for (const count of this.#wires.values()) wires += count;
    const { roomCount: rooms, peerCount: peers } = this.#registry;
    return { rooms, peers, sessions: this.#sessions.size, wires };
  }

  /** The peers in rooms now, by role. */
  peersByRole(): Readonly<Record<Role, number>> {
    return this.#registry.peersByRole();
  }

  /** All at the same time, so those who have just come as well: one time to keep, not one for each. */
  #renewIceServers(nowMs: number): void {
    const { renewAfterMs } = this.#iceServers;
    if (renewAfterMs === null || nowMs - this.#iceRenewedMs < renewAfterMs) return;
    this.#iceRenewedMs = nowMs;
    for (const session of [...this.#sessions.values()]) {
      const membership = this.#registry.membership(session.id);
      if (membership === undefined) continue;
      const iceServers = [...this.#iceServers.forRoom(membership.roomId)];
      session.send({ type: "ice-servers", iceServers });
    }
  }

  #join(session: SignalSession, message: Join): void {
    const nowMs = this.#now();
    const waitMs = this.#joins.take(session.address, nowMs);
    if (waitMs > 0) {
      const error = refusal("too-fast", {
        message: "Too many joins from this address",
        retryAfterMs: waitMs,
      });
      return this.#deliver([{ to: session.id, message: error }]);
    }
    const rooms = this.#registry.roomCount;
    const send = this.#registry.join(session.id, message, nowMs);
    if (send.some(({ to, message }) => to === session.id && message.type === "joined")) {
      session.markJoined();
      if (this.#registry.roomCount > rooms) {
        this.#log.info("room created", { room: logName(message.roomId) });
      }
      this.#logPeer("peer joined", session);
    }
    this.#deliver(send);
    this.#viewerCame(session);
  }

  #viewerCame(session: SignalSession): void {
    const membership = this.#registry.membership(session.id);
    if (membership === undefined || membership.self.role === "phone") return;
    const viewer = viewerOf(membership);
    this.#viewers.set(session.id, viewer);
    this.#streams?.present(viewer);
  }

  /** A page that is here on a newer connection has not gone. */
  #viewerGone(session: SignalSession, reason: "left" | "lost"): void {
    const viewer = this.#viewers.get(session.id);
    this.#viewers.delete(session.id);
    if (viewer === undefined || this.#registry.connectionOf(viewer) !== undefined) return;
    this.#streams?.absent(viewer, reason);
  }

  #toStream(session: SignalSession, message: ToStreamMessage): void {
    const viewer = this.#viewers.get(session.id);
    if (viewer === undefined) return session.send(refusal("not-allowed"));
    if (this.#streams !== null) return this.#streams.message(viewer, message);
    const { type, stream, body } = message;
    // Nothing was ever open, so these two ask for nothing.
    if (body.kind === "ice-candidate" || body.kind === "close") return;
    session.send({ type, stream, body: { kind: "ended", cause: "unavailable" } });
  }

  #issueCode(session: SignalSession): void {
    const membership = this.#registry.membership(session.id);
    if (membership?.self.role !== "owner") return session.send(refusal("not-allowed"));
    session.send({ type: "code", ...this.#codes.issue(membership.roomId, this.#now()) });
  }

  #deliver(send: readonly Outgoing[]): void {
    for (const { to, message } of send) {
      if (message.type === "error") this.#logRefusal(to, message.code);
      this.#sessions.get(to)?.send(message);
    }
  }

  #logPeer(event: string, session: SignalSession): void {
    const { roomId, self } = this.#registry.membership(session.id)!;
    const room = logName(roomId);
    this.#log.info(event, { room, peer: logName(self.id), role: self.role });
  }

  #logRefusal(to: ConnectionId, code: SignalErrorCode): void {
    this.#log.debug("refused", { code, address: this.#sessions.get(to)?.address ?? null });
  }

  #wiresOf(address: string): number {
    return this.#wires.get(address) ?? 0;
  }
}

function viewerOf({ roomId, self }: Membership): Viewer {
  return { roomId, peerId: self.id, instance: self.instance };
}
