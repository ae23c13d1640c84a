import {
  type CameraName,
  type ForwardedMessage,
  type Instance,
  type Join,
  type PeerId,
  type PeerInfo,
  randomSecret,
  type Role,
  type RoomId,
  type Token,
} from "@/protocol";
import { refusal } from "../link/refusal.ts";
import { step } from "./room.ts";
import {
  emptyRoom,
  type Outgoing,
  type RoomInput,
  type RoomLimits,
  type RoomState,
} from "./room_state.ts";
import type { PageName } from "../link/page.ts";
import type { Visitor } from "../base/visitor.ts";
import type { ConnectionId } from "../link/session.ts";
import { type IceServers, NO_ICE_SERVERS } from "./ice_servers.ts";
import { addressShare, hasPlaceFor, type Holder } from "../base/limits.ts";
import { secretsEqual } from "../base/secrets.ts";
import { peerIdOf, roomIdOf } from "./tokens.ts";

/** Bounds of all rooms together. */
export interface RegistryLimits extends RoomLimits {
  readonly maxRooms: number;
  /** A room without anybody in it dies after this long. */
  readonly roomIdleTtlMs: number;
}

/** Which room a connection is in, and as what. */
export interface Membership {
  readonly roomId: RoomId;
  readonly self: PeerInfo;
}

/**
 * All rooms and who is where. No links and no clock: times are arguments, messages are returned.
 * A connection is in at most one room; nothing that it sends is looked up in any other.
 */
export class RoomRegistry {
  readonly #limits: RegistryLimits;
  readonly #iceServers: Pick<IceServers, "forRoom" | "grant">;
  readonly #rooms = new Map<RoomId, RoomState>();
  readonly #memberships = new Map<ConnectionId, Membership>();
  /** Gave way to another room since the last sweep, which tells of them. */
  readonly #evicted = new Set<RoomId>();

  constructor(
    limits: RegistryLimits,
    iceServers: Pick<IceServers, "forRoom" | "grant"> = NO_ICE_SERVERS,
  ) {
    this.#limits = limits;
    this.#iceServers = iceServers;
  }

  /**
   * Joins a connection to the room that `message` names. An owner that brings `create` makes the
   * room when it is not there: so a room outlives a restart of the server in its owner's browser.
   * @param visitor Who that is; decides whether the room gets TURN credentials.
   */
  join(
    connection: ConnectionId,
    message: Join,
    nowMs: number,
    visitor: Pick<Visitor, "address" | "isTrusted"> = NOBODY,
  ): readonly Outgoing[] {
    if (this.#memberships.has(connection)) {
      return [{ to: connection, message: refusal("not-allowed") }];
    }
    const fault = faultOf(message);
    if (fault !== null) {
      return [{ to: connection, message: refusal("bad-message", { message: fault }) }];
    }
    // A phone knows the room's id: with a token of its own it could make the room before its owner
    // does after a restart. Refused for a room that exists too, so that nobody learns which do.
    if (message.create !== undefined && roomIdOf(message.token) !== message.roomId) {
      return [{ to: connection, message: refusal("bad-token") }];
    }
    const room = this.#rooms.get(message.roomId) ?? this.#create(message, nowMs, visitor);
    if (typeof room === "string") return [{ to: connection, message: refusal(room) }];

    const { role, token, instance, noWebRtc } = message;
    const { address } = visitor;
    const id = peerIdOf(message.identity);
    const peer: PeerInfo = { id, role, instance, ...(noWebRtc && { noWebRtc }) };
    const isOwner = role === "owner" && secretsEqual(token, room.tokens.owner);
    const isGranted = isOwner && this.#iceServers.grant(room.id, visitor);
    const iceServers = this.#iceServers.forRoom(room.id);
    const join = { kind: "join", connection, nowMs, peer, token, address, iceServers } as const;
    const send = this.#step(room, join);
    if (!isGranted) return send;
    const news = room.members.map((member): Outgoing => ({
      to: member.connection,
      message: { type: "ice-servers", iceServers: [...iceServers] },
    }));
    return [...send, ...news];
  }

  /** Forwards a message within the sender's own room. */
  forward(connection: ConnectionId, message: ForwardedMessage, nowMs: number): readonly Outgoing[] {
    const room = this.#roomOf(connection);
    if (room === undefined) return [{ to: connection, message: refusal("not-allowed") }];
    return this.#step(room, { kind: "forward", connection, nowMs, message });
  }

  /** Has a camera of the server come into its owner's room; `camera`: its connection from then on. */
  addCamera(
    connection: ConnectionId,
    camera: { readonly name: CameraName; readonly connection: ConnectionId },
    nowMs: number,
  ): readonly Outgoing[] {
    const room = this.#roomOf(connection);
    if (room === undefined) return [{ to: connection, message: refusal("not-allowed") }];
    // Nobody can come back under these.
    const id = randomSecret() as string as PeerId;
    const instance = randomSecret() as string as Instance;
    const iceServers = this.#iceServers.forRoom(room.id);
    return this.#step(room, {
      kind: "add-camera",
      connection,
      nowMs,
      camera: { ...camera, id, instance },
      iceServers,
    });
  }

  /** Has it go. */
  removeCamera(connection: ConnectionId, name: CameraName, nowMs: number): readonly Outgoing[] {
    const room = this.#roomOf(connection);
    if (room === undefined) return [{ to: connection, message: refusal("not-allowed") }];
    return this.#step(room, { kind: "remove-camera", connection, nowMs, name });
  }

  /** Has an owner send a peer of its room away. */
  sendAway(connection: ConnectionId, peer: PeerId, nowMs: number): readonly Outgoing[] {
    const room = this.#roomOf(connection);
    if (room === undefined) return [{ to: connection, message: refusal("not-allowed") }];
    return this.#step(room, { kind: "send-away", connection, nowMs, peer });
  }

  /** Takes a connection out of its room; nothing happens when it is in none. */
  leave(connection: ConnectionId, reason: "left" | "lost", nowMs: number): readonly Outgoing[] {
    const room = this.#roomOf(connection);
    if (room === undefined) return [];
    return this.#step(room, { kind: "gone", connection, nowMs, reason });
  }

  /** Where a connection is, or `undefined` before its join and after it was replaced. */
  membership(connection: ConnectionId): Membership | undefined {
    return this.#memberships.get(connection);
  }

  /** The connection of a viewer's page, or of a phone's; `undefined` when it is not there now. */
  connectionOf({ roomId, peerId, instance }: PageName): ConnectionId | undefined {
    return this.#rooms.get(roomId)?.members.find((member) =>
      member.id === peerId && member.instance === instance
    )?.connection;
  }

  /**
   * What a token opens a room as for somebody at `address`; `null` for a wrong one as for a room that
   * does not exist, and for whom its owner sent away.
   */
  roleOf(roomId: string, token: string, address = ""): Role | null {
    const room = this.#rooms.get(roomId as RoomId);
    if (room === undefined) return null;
    const roles = Object.entries(room.tokens) as [Role, Token][];
    // All are compared, so that the time does not tell which one it was.
    const fitting = roles.filter(([, own]) => secretsEqual(own, token));
    const role = fitting[0]?.[0] ?? null;
    return role !== "owner" && room.away.addresses.includes(address) ? null : role;
  }

  /** Whether a room is here, somebody in it or not. */
  has(roomId: RoomId): boolean {
    return this.#rooms.has(roomId);
  }

  /** Whether its owner is in a room. */
  hasOwner(roomId: RoomId): boolean {
    return this.#rooms.get(roomId)?.members.some(({ role }) => role === "owner") ?? false;
  }

  /** The rooms held now. */
  ids(): readonly RoomId[] {
    return [...this.#rooms.keys()];
  }

  /** Ends a room. @returns The connections of those who were in it. */
  end(roomId: RoomId): readonly ConnectionId[] {
    const room = this.#rooms.get(roomId);
    if (room === undefined) return [];
    this.#remove(room);
    return room.members.map(({ connection }) => connection);
  }

  /** The secret that a phone needs for a room, or `undefined` when there is no such room. */
  joinToken(roomId: RoomId): Token | undefined {
    return this.#rooms.get(roomId)?.tokens.phone;
  }

  /** Removes the rooms that were empty for too long; returns their ids and those that gave way. */
  sweep(nowMs: number): RoomId[] {
    const dead = [...this.#rooms.values()].filter((room) =>
      room.idleSinceMs !== null && nowMs - room.idleSinceMs >= this.#limits.roomIdleTtlMs
    );
    for (const room of dead) this.#remove(room);
    // An owner may have made such a room again meanwhile.
    const evicted = [...this.#evicted].filter((id) => !this.#rooms.has(id));
    this.#evicted.clear();
    return [...evicted, ...dead.map((room) => room.id)];
  }

  /** Rooms held now, empty ones too. */
  get roomCount(): number {
    return this.#rooms.size;
  }

  /** Pages in rooms now. */
  get peerCount(): number {
    const { owner, viewer, phone } = this.peersByRole();
    return owner + viewer + phone;
  }

  /** The same by role; cameras of the server are pages of nobody. */
  peersByRole(): Record<Role, number> {
    const counts: Record<Role, number> = { owner: 0, viewer: 0, phone: 0 };
    for (const { self: { role, camera } } of this.#memberships.values()) {
      if (camera === undefined) counts[role] += 1;
    }
    return counts;
  }

  #create(
    message: Join,
    nowMs: number,
    maker: RoomState["maker"],
  ): RoomState | "unknown-room" | "too-many-rooms" {
    if (message.create === undefined) return "unknown-room";
    if (!this.#makePlaceFor({ roomId: message.roomId, ...maker })) return "too-many-rooms";
    const { viewToken, joinToken } = message.create;
    const tokens = { owner: message.token, viewer: viewToken, phone: joinToken };
    return emptyRoom(message.roomId, tokens, { limits: this.#limits, maker, nowMs });
  }

  /**
   * Where all places are taken, removes the room that has been empty for longest: one of the same
   * address, if that has its share, else of those that count against the newcomer. `false` if there
   * is none. Its owner can make it again, so nobody who opens rooms and leaves them can lock others out.
   */
  #makePlaceFor(who: Holder): boolean {
    const { maxRooms } = this.#limits;
    const rooms = [...this.#rooms.values()];
    const held = rooms.map(({ id, maker }) => ({ roomId: id, ...maker }));
    if (hasPlaceFor(who, maxRooms, held)) return true;
    const own = rooms.filter(({ maker }) => maker.address === who.address);
    const hasShare = !who.isTrusted && own.length >= addressShare(maxRooms);
    const counted = who.isTrusted ? rooms : rooms.filter(({ maker }) => !maker.isTrusted);
    const [longest] = (hasShare ? own : counted).filter((room) => room.idleSinceMs !== null)
      .sort((a, b) => a.idleSinceMs! - b.idleSinceMs!);
    if (longest === undefined) return false;
    this.#remove(longest);
    this.#evicted.add(longest.id);
    return true;
  }

  #remove({ id, members }: RoomState): void {
    this.#rooms.delete(id);
    for (const { connection } of members) this.#memberships.delete(connection);
  }

  #roomOf(connection: ConnectionId): RoomState | undefined {
    const membership = this.#memberships.get(connection);
    return membership && this.#rooms.get(membership.roomId);
  }

  #step(room: RoomState, input: RoomInput): readonly Outgoing[] {
    const { state, send } = step(room, input);
    if (state === room) return send;
    this.#rooms.set(state.id, state);
    for (const { connection } of room.members) this.#memberships.delete(connection);
    for (const { connection, id, role, instance, camera } of state.members) {
      const self: PeerInfo = { id, role, instance, ...(camera && { camera }) };
      this.#memberships.set(connection, { roomId: state.id, self });
    }
    return send;
  }
}

const NOBODY = { address: "", isTrusted: false };

/** What the schema cannot say about a join; `null` when all is well. */
function faultOf({ role, token, create }: Join): string | null {
  if (create === undefined) return null;
  if (role !== "owner") return "Only an owner may create a room";
  const distinct = new Set<string>([token, create.viewToken, create.joinToken]);
  return distinct.size === 3 ? null : "The tokens of the three roles must differ";
}
