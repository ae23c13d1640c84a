import {
  assertNever,
  type FromClientMessage,
  type FromServerMessage,
  type Join,
  type LinkRecord,
  type Role,
  type RoomId,
  type SignalErrorCode,
} from "@/protocol";
import type { Log } from "../base/log.ts";
import { type IceServers, NO_ICE_SERVERS } from "./ice_servers.ts";
import { Codes } from "./codes.ts";
import { BulkLinks } from "../link/bulk.ts";
import { Connections } from "../link/connections.ts";
import type { LinkServer } from "../link/link_socket.ts";
import type { PageName } from "../link/page.ts";
import { refusal } from "../link/refusal.ts";
import {
  type ConnectionId,
  LinkSession,
  type SessionEvents,
  type Transport,
} from "../link/session.ts";
import { SignalCounts } from "../link/signal_counts.ts";
import type { Visitor } from "../base/visitor.ts";
import type { HubLimits } from "../base/limits.ts";
import { KeyedLimiter } from "../base/rate_limit.ts";
import { CameraSeats } from "./camera_seats.ts";
import type {
  CameraEvents,
  FirstMessage,
  JoinTarget,
  NodeHub,
  OtherNodes,
  RelayEvents,
  StreamEvents,
} from "./hub_parts.ts";
import { type Announcement, RoomPages } from "./room_pages.ts";
import { RoomRegistry } from "./room_registry.ts";
import type { Outgoing } from "./room_state.ts";
import { logName } from "../base/secrets.ts";

/** What the hub is built from. */
export interface HubOptions {
  readonly limits: HubLimits;
  readonly log: Log;
  /** Ms on a clock that does not go backwards. @default {performance.now} */
  readonly now?: () => number;
  /** What pages have open with this server, and their bulk links. @default {of its own} */
  readonly bulk?: BulkLinks;
  /** Who keeps the streams of frames; without it the server offers none. */
  readonly streams?: StreamEvents;
  /** Who passes pictures on between pages without a path; without it the server offers that not. */
  readonly relay?: RelayEvents;
  /** Who has cameras of the server come into rooms; without it there are none. */
  readonly cameras?: CameraEvents;
  /** Where else rooms may be; without it all are here. */
  readonly nodes?: OtherNodes;
  /** What members are told for their connections. @default {NO_ICE_SERVERS} */
  readonly iceServers?: IceServers;
}

/** What a typed code leads to. */
export type CodeLead =
  | { readonly kind: "room"; readonly target: JoinTarget }
  | { readonly kind: "unknown" }
  | { readonly kind: "too-fast"; readonly retryAfterMs: number };

/**
 * Joins links to rooms: the one place that knows both. Opens no link and starts no timer;
 * {@linkcode sweep} is to be called about once a second. Long, because every message of a page and every
 * question about a room passes here; what can be decided apart is in its parts.
 */
export class SignalHub implements LinkServer, SessionEvents, NodeHub {
  /** What all links said and were refused. */
  readonly signals = new SignalCounts();
  /** How many of them each address has. */
  readonly connections: Connections;
  /** The places that cameras of the server have in rooms. */
  readonly cameras: CameraSeats;
  readonly #pages: RoomPages;
  readonly #bulk: BulkLinks;
  readonly #log: Log;
  readonly #now: () => number;
  readonly #registry: RoomRegistry;
  readonly #codes = new Codes();
  readonly #joins: KeyedLimiter;
  readonly #sessions = new Map<ConnectionId, LinkSession>();
  /** Owners at this computer whose browser made their room. */
  readonly #hosts = new Set<ConnectionId>();
  readonly #nodes: OtherNodes | null;
  readonly #iceServers: IceServers;
  #iceRenewedMs: number;
  #lastId: ConnectionId = 0;
  #closing = false;

  constructor(options: HubOptions) {
    const { limits, log, now = () => performance.now(), streams, relay, cameras } = options;
    this.connections = new Connections(limits.maxSocketsPerAddress);
    this.#bulk = options.bulk ?? new BulkLinks(now);
    this.#log = log;
    this.#now = now;
    this.#nodes = options.nodes ?? null;
    this.#iceServers = options.iceServers ?? NO_ICE_SERVERS;
    this.#iceRenewedMs = now();
    this.#registry = new RoomRegistry(limits, this.#iceServers);
    this.#joins = new KeyedLimiter(limits.joins);
    this.#pages = new RoomPages({
      bulk: this.#bulk,
      streams: streams ?? null,
      relay: relay ?? null,
    });
    this.cameras = new CameraSeats({
      cameras: cameras ?? null,
      registry: this.#registry,
      log,
      now,
      newConnection: () => ++this.#lastId,
      deliver: (send) => this.#deliver(send),
      owners: () => this.#pages.owners(),
      sessionOf: (page) => this.#sessionOf(page),
    });
  }

  open(transport: Transport, visitor: Visitor): LinkSession {
    const { address } = visitor;
    const id = ++this.#lastId;
    const session = new LinkSession({
      id,
      visitor,
      transport,
      events: this,
      counts: this.signals,
      now: this.#now,
    });
    this.#sessions.set(id, session);
    if (this.#closing) session.refuse("server-closing");
    else if (this.connections.isOver(visitor)) {
      this.#log.warn("too many sockets", { address });
      session.refuse("too-many-sockets");
    }
    return session;
  }

  handle(session: LinkSession, message: FromClientMessage): void {
    if (this.#nodes?.message(session, message)) return;
    switch (message.type) {
      case "join":
        return this.#join(session, message);
      case "open":
        return this.#open(session, message);
      case "ticket-request":
        return this.#pages.giveTicket(session);
      case "offer":
      case "answer":
      case "ice-candidate":
        return this.#deliver(this.#registry.forward(session.id, message, this.#now()));
      case "code-request":
        return this.#issueCode(session);
      case "send-away": {
        const membership = this.#registry.membership(session.id);
        if (membership?.self.role === "owner") {
          const { roomId } = membership;
          this.#log.info("peer sent away", { room: logName(roomId), peer: logName(message.peer) });
        }
        this.#deliver(this.#registry.sendAway(session.id, message.peer, this.#now()));
        if (membership !== undefined) this.#pages.sentAway(membership.roomId);
        return;
      }
      case "use-camera":
        return this.cameras.use(session, message);
      case "inference":
        return this.#pages.toStream(session, message);
      case "relay":
        return this.#pages.toRelay(session, message);
      case "ping":
      case "leave":
        return;
      default:
        return assertNever(message);
    }
  }

  data(session: LinkSession, record: LinkRecord): SignalErrorCode | null {
    if (this.#nodes?.data(session, record)) return null;
    return this.#bulk.receive(session, record);
  }

  ended(session: LinkSession, reason: "left" | "lost"): void {
    this.#sessions.delete(session.id);
    this.#hosts.delete(session.id);
    if (this.#nodes?.ended(session, reason)) return;
    const isHere = (page: PageName) => this.#registry.connectionOf(page) !== undefined;
    const membership = this.#registry.membership(session.id);
    if (membership === undefined) return this.#pages.gone(session, "left", isHere);
    this.#logPeer(`peer ${reason}`, session);
    const send = this.#registry.leave(session.id, reason, this.#now());
    this.#pages.gone(session, reason, isHere);
    // All go at once: nobody is to take the others for lost in the moment before its own farewell.
    if (!this.#closing) this.#deliver(send);
  }

  /** Looks a short code up for somebody at `address`; on the other nodes too, if it is none of this one's. */
  async resolveCode(code: string, address: string): Promise<CodeLead> {
    const answer = this.#codes.resolve(code, address, this.#now());
    if (answer.kind === "too-fast") return answer;
    const target = answer.kind === "room"
      ? this.joinTarget(answer.roomId)
      : await this.#nodes?.findCode(code) ?? null;
    return target === null ? { kind: "unknown" } : { kind: "room", target };
  }

  targetOf(code: string): JoinTarget | null {
    const roomId = this.#codes.find(code, this.#now());
    return roomId === null ? null : this.joinTarget(roomId);
  }

  /** How a phone gets into a room, or `null` when the room is gone. */
  joinTarget(roomId: RoomId): JoinTarget | null {
    const joinToken = this.#registry.joinToken(roomId);
    return joinToken === undefined ? null : { roomId, joinToken };
  }

  /** See {@linkcode RoomRegistry.roleOf}. */
  roleOf(roomId: string, token: string, address = ""): Role | null {
    return this.#registry.roleOf(roomId, token, address);
  }

  /** The same of a room on whichever node. */
  async roleAnywhere(
    roomId: string,
    token: string,
    address: string,
  ): Promise<Role | null | "silent"> {
    const isHere = this.#nodes === null || this.#registry.has(roomId as RoomId);
    return isHere
      ? this.roleOf(roomId, token, address)
      : await this.#nodes.roleOf(roomId, token, address);
  }

  rooms(): ReturnType<NodeHub["rooms"]> {
    return this.#registry.ids().map((roomId) => ({ roomId, hasOwner: this.hasOwner(roomId) }));
  }

  /** Whether a room is on this node. */
  hasRoom(roomId: string): boolean {
    return this.#registry.has(roomId as RoomId);
  }

  hasOwner(roomId: RoomId): boolean {
    return this.#registry.hasOwner(roomId);
  }

  hasTicket(ticket: string): boolean {
    return this.#bulk.hasTicket(ticket);
  }

  endRoom(roomId: RoomId): void {
    const connections = this.#registry.end(roomId);
    this.#forgetRoom(roomId);
    this.#log.info("room ended here", { room: logName(roomId) });
    for (const connection of connections) {
      const session = this.#sessions.get(connection);
      if (session === undefined) this.cameras.receive(connection, refusal("ended"));
      // At once: the others wait for its owner.
      else session.refuse("server-closing", { retryAfterMs: 0 });
    }
  }

  /** Tells a page something on its control link, if it is there now. */
  tell(page: PageName, message: FromServerMessage): void {
    this.#sessionOf(page)?.say(message);
  }

  /**
   * The room of the owner who joined last, among those present at this very computer whose browser made
   * it: another site can lead that browser into a room that it knows itself.
   */
  latestLocalRoom(): JoinTarget | null {
    const newest = [...this.#hosts].at(-1);
    const membership = newest === undefined ? undefined : this.#registry.membership(newest);
    return membership === undefined ? null : this.joinTarget(membership.roomId);
  }

  /** See {@linkcode RoomPages.announce}. */
  announce(message: Announcement): void {
    this.#pages.announce(message);
  }

  /** Applies every time limit. */
  sweep(): void {
    const nowMs = this.#now();
    for (const session of [...this.#sessions.values()]) session.tick();
    for (const roomId of this.#registry.sweep(nowMs)) {
      this.#forgetRoom(roomId);
      this.#log.info("room expired", { room: logName(roomId) });
    }
    this.#codes.sweep(nowMs);
    this.#joins.sweep(nowMs);
    this.#pages.sweep();
    this.cameras.sweep();
    this.#renewIceServers(nowMs);
  }

  /** Tells every peer that the server goes away, and refuses those who come after. */
  close(): void {
    this.#closing = true;
    for (const session of [...this.#sessions.values()]) session.refuse("server-closing");
  }

  /** What is held now, for health pages and tests. */
  counts(): {
    rooms: number;
    peers: number;
    sessions: number;
    bulkLinks: number;
    connections: number;
  } {
    const { roomCount: rooms, peerCount: peers } = this.#registry;
    const { bulkLinks } = this.#pages;
    const sessions = this.#sessions.size - bulkLinks;
    return { rooms, peers, sessions, bulkLinks, connections: this.connections.total };
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
      session.say({ type: "ice-servers", iceServers });
    }
  }

  /** See {@linkcode RoomRegistry.peersByRole}. */
  peersByRole(): Readonly<Record<Role, number>> {
    return this.#registry.peersByRole();
  }

  #forgetRoom(roomId: RoomId): void {
    this.#codes.revoke(roomId);
    this.#iceServers.forget(roomId);
    this.#pages.roomExpired(roomId);
    this.#nodes?.roomGone(roomId);
  }

  #open(session: LinkSession, message: Extract<FirstMessage, { type: "open" }>): void {
    const here = () => this.#pages.openBulk(session, message.ticket);
    if (this.#nodes === null || this.#bulk.hasTicket(message.ticket)) return here();
    // Each asks all nodes.
    if (!this.#isTooFast(session)) this.#nodes.lead(session, message, here);
  }

  /** Notes a join of its address, and refuses one too many. */
  #isTooFast(session: LinkSession): boolean {
    const waitMs = this.#joins.take(session.visitor.address, this.#now());
    if (waitMs <= 0) return false;
    const error = refusal("too-fast", {
      message: "Too many joins from this address",
      retryAfterMs: waitMs,
    });
    this.#deliver([{ to: session.id, message: error }]);
    return true;
  }

  #join(session: LinkSession, message: Join): void {
    if (this.#isTooFast(session)) return;
    if (message.role !== "phone" && !session.visitor.maySee) {
      return this.#deliver([{ to: session.id, message: refusal("sign-in-needed") }]);
    }
    const isHere = this.#registry.has(message.roomId) ||
      this.#registry.membership(session.id) !== undefined;
    const here = () => this.#joinHere(session, message);
    if (this.#nodes === null || isHere) here();
    else this.#nodes.lead(session, message, here);
  }

  #joinHere(session: LinkSession, message: Join): void {
    const isNew = !this.#registry.has(message.roomId);
    const send = this.#registry.join(session.id, message, this.#now(), session.visitor);
    if (send.some(({ to, message }) => to === session.id && message.type === "joined")) {
      session.accept("control", message.role);
      const { role, madeHere } = message;
      if (role === "owner" && madeHere && session.visitor.isLocal) this.#hosts.add(session.id);
      if (isNew) {
        this.#nodes?.roomMade(message.roomId);
        this.#log.info("room created", { room: logName(message.roomId) });
      }
      this.#logPeer("peer joined", session);
    }
    this.#deliver(send);
    const membership = this.#registry.membership(session.id);
    const page = membership && this.#pages.came(session, membership);
    if (page?.role === "owner") this.cameras.tell(session);
  }

  #sessionOf(page: PageName): LinkSession | undefined {
    const connection = this.#registry.connectionOf(page);
    return connection === undefined ? undefined : this.#sessions.get(connection);
  }

  #issueCode(session: LinkSession): void {
    const membership = this.#registry.membership(session.id);
    if (membership?.self.role !== "owner") return session.refuse("not-allowed");
    session.say({ type: "code", ...this.#codes.issue(membership.roomId, this.#now()) });
  }

  #deliver(send: readonly Outgoing[]): void {
    for (const { to, message } of send) {
      const session = this.#sessions.get(to);
      if (message.type === "error") this.#logRefusal(session, message.code);
      if (session === undefined) this.cameras.receive(to, message);
      else session.say(message);
    }
  }

  #logPeer(event: string, session: LinkSession): void {
    const { roomId, self } = this.#registry.membership(session.id)!;
    const room = logName(roomId);
    this.#log.info(event, { room, peer: logName(self.id), role: self.role });
  }

  #logRefusal(session: LinkSession | undefined, code: SignalErrorCode): void {
    this.#log.debug("refused", { code, address: session?.visitor.address ?? null });
  }
}
