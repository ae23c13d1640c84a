import {
  assertNever,
  type FromClientMessage,
  type FromRelayMessage,
  type FromStreamMessage,
  type Join,
  type JoinOrigins,
  type ModelsMessage,
  type Role,
  type RoomId,
  type SignalErrorCode,
  type Token,
  type ToRelayMessage,
  type ToStreamMessage,
} from "@/protocol";
import type { Log } from "../log.ts";
import { type IceServers, NO_ICE_SERVERS } from "./ice_servers.ts";
import { type CodeAnswer, Codes } from "./codes.ts";
import { KeyedLimiter, type Rate } from "./rate_limit.ts";
import { refusal } from "./refusal.ts";
import type { RelayEvents, RoomPage } from "./relay_events.ts";
import type { ConnectionId, Outgoing } from "./room.ts";
import { type Membership, type RegistryLimits, RoomRegistry } from "./room_registry.ts";
import { type Carrier, type SessionEvents, SignalSession } from "./session.ts";
import { SignalCounts } from "./signal_counts.ts";
import type { StreamEvents, Viewer } from "./stream_events.ts";
import { logName } from "./tokens.ts";
import type { Visitor } from "./visitor.ts";

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
  /** Who passes pictures on between pages without a path; without it the server offers that not. */
  readonly relay?: RelayEvents;
  /** What members are told for their connections. @default {NO_ICE_SERVERS} */
  readonly iceServers?: IceServers;
}

/** What all viewers are told, of each kind the newest: where phones reach the server, its models. */
export type Announcement = JoinOrigins | ModelsMessage;

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
  readonly #relay: RelayEvents | null;
  /** Those whom streams and relay know, until their connection ends. */
  readonly #pages = new Map<ConnectionId, RoomPage>();
  readonly #wires = new Map<string, number>();
  readonly #iceServers: IceServers;
  #iceRenewedMs: number;
  readonly #announced = new Map<Announcement["type"], Announcement>();
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
    this.#relay = options.relay ?? null;
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
  open(carrier: Carrier, visitor: Visitor): SignalSession {
    const { address } = visitor;
    const id = ++this.#lastId;
    const session = new SignalSession({
      id,
      visitor,
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
      case "relay":
        return this.#toRelay(session, message);
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
    if (membership === undefined) return this.#pageGone(session, "left");
    this.#logPeer(`peer ${reason}`, session);
    const send = this.#registry.leave(session.id, reason, this.#now());
    this.#pageGone(session, reason);
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

  /** Tells a page, a phone too, about its relay, if it is there now. */
  tellPage(page: Viewer, message: FromRelayMessage): void {
    const connection = this.#registry.connectionOf(page) ??
      this.#registry.connectionOf(page, { isPhone: true });
    if (connection !== undefined) this.#sessions.get(connection)?.send(message);
  }

  /** The room of the owner who joined last, among those present at this very computer. */
  latestLocalRoom(): JoinTarget | null {
    // Connection ids grow and a Map keeps its order, so the last one found is the newest.
    const owners = [...this.#sessions.values()].filter((session) =>
      session.visitor.isLocal && this.#registry.membership(session.id)?.self.role === "owner"
    );
    const newest = owners.at(-1);
    return newest === undefined
      ? null
      : this.joinTarget(this.#registry.membership(newest.id)!.roomId);
  }

  /** Tells viewers, now and when they join, what holds from now on. */
  announce(message: Announcement): void {
    this.#announced.set(message.type, message);
    for (const [connection, { role }] of this.#pages) {
      if (role !== "phone") this.#sessions.get(connection)?.send(message);
    }
  }

  /** Applies every time limit. */
  sweep(): void {
    const nowMs = this.#now();
    for (const session of [...this.#sessions.values()]) session.tick(nowMs);
    for (const roomId of this.#registry.sweep(nowMs)) {
      this.#codes.revoke(roomId);
      this.#streams?.roomExpired(roomId);
      this.#relay?.roomExpired(roomId);
      this.#log.info("room expired", { room: logName(roomId) });
    }
    this.#codes.sweep(nowMs);
    this.#joins.sweep(nowMs);
    this.#relay?.sweep();
    this.#renewIceServers(nowMs);
  }

  /** Tells every peer that the server goes away, and refuses those who come after. */
  close(): void {
    this.#closing = true;
    this.#relay?.close();
    for (const session of [...this.#sessions.values()]) session.send(refusal("server-closing"));
  }

  /** What is held now, for health pages and tests. */
  counts(): { rooms: number; peers: number; sessions: number; wires: number } {
    let wires = 0;
    for (const count of this.#wires.values()) wires += count;
    const { roomCount: rooms, peerCount: peers } = this.#registry;
    return { rooms, peers, sessions: this.#sessions.size, wires };
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

  /** The peers in rooms now, by role. */
  peersByRole(): Readonly<Record<Role, number>> {
    return this.#registry.peersByRole();
  }

  #join(session: SignalSession, message: Join): void {
    const nowMs = this.#now();
    const waitMs = this.#joins.take(session.visitor.address, nowMs);
    if (waitMs > 0) {
      const error = refusal("too-fast", {
        message: "Too many joins from this address",
        retryAfterMs: waitMs,
      });
      return this.#deliver([{ to: session.id, message: error }]);
    }
    if (message.role !== "phone" && !session.visitor.maySee) {
      return this.#deliver([{ to: session.id, message: refusal("sign-in-needed") }]);
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
    this.#pageCame(session);
  }

  #pageCame(session: SignalSession): void {
    const membership = this.#registry.membership(session.id);
    if (membership === undefined) return;
    const page: RoomPage = { ...viewerOf(membership), role: membership.self.role };
    this.#pages.set(session.id, page);
    this.#relay?.present(page);
    if (page.role === "phone") return;
    for (const message of this.#announced.values()) session.send(message);
    this.#streams?.present(viewerOf(membership));
  }

  /** A page that is here on a newer connection has not gone. */
  #pageGone(session: SignalSession, reason: "left" | "lost"): void {
    const page = this.#pages.get(session.id);
    this.#pages.delete(session.id);
    if (page === undefined) return;
    const { role, ...viewer } = page;
    const isPhone = role === "phone";
    if (this.#registry.connectionOf(viewer, { isPhone }) !== undefined) return;
    this.#relay?.absent(page, reason);
    if (!isPhone) this.#streams?.absent(viewer, reason);
  }

  #toStream(session: SignalSession, message: ToStreamMessage): void {
    const page = this.#pages.get(session.id);
    if (page === undefined || page.role === "phone") return session.send(refusal("not-allowed"));
    const { role: _role, ...viewer } = page;
    if (this.#streams !== null) return this.#streams.message(viewer, message);
    const { type, stream, body } = message;
    // Nothing was ever open, so these two ask for nothing.
    if (body.kind === "ice-candidate" || body.kind === "close") return;
    session.send({ type, stream, body: { kind: "ended", cause: "unavailable" } });
  }

  #toRelay(session: SignalSession, message: ToRelayMessage): void {
    const page = this.#pages.get(session.id);
    if (page === undefined) return session.send(refusal("not-allowed"));
    if (this.#relay !== null) {
      if (!this.#relay.message(page, message)) session.send(refusal("not-allowed"));
      return;
    }
    const phone = message.body.kind === "open" ? message.body.phone : page.peerId;
    session.send({ type: "relay", phone, body: { kind: "ended", cause: "unavailable" } });
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
    this.#log.debug("refused", { code, address: this.#sessions.get(to)?.visitor.address ?? null });
  }

  #wiresOf(address: string): number {
    return this.#wires.get(address) ?? 0;
  }
}

function viewerOf({ roomId, self }: Membership): Viewer {
  return { roomId, peerId: self.id, instance: self.instance };
}
