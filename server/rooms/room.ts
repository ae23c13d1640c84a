import {
  assertNever,
  type ErrorMessage,
  type ForwardedMessage,
  type FromServerMessage,
  type IceServer,
  type PeerId,
  type PeerInfo,
  PROTOCOL_VERSION,
  type Role,
  type RoomId,
  type Token,
} from "@/protocol";
import { refusal } from "../link/refusal.ts";
import type { ConnectionId } from "../link/session.ts";
import { secretsEqual } from "../base/secrets.ts";
import type { Visitor } from "../base/visitor.ts";

/** One peer in its room, and the connection it is reached on. */
export interface Member extends PeerInfo {
  /** For limits, as a visitor's. */
  readonly address: string;
  readonly connection: ConnectionId;
}

/** Places of a room besides its owner. */
export interface RoomLimits {
  readonly maxPhones: number;
  readonly maxViewers: number;
}

/** Who was sent away, of each kind the newest last. */
export interface SentAway {
  readonly peers: readonly PeerId[];
  readonly addresses: readonly string[];
}

/** As many of each kind are remembered. */
const MAX_SENT_AWAY = 64;

/** The secret of each role. */
export type RoomTokens = Readonly<Record<Role, Token>>;

/** All there is to know of one room. Never changed: {@linkcode step} returns the next one. */
export interface RoomState {
  readonly id: RoomId;
  readonly tokens: RoomTokens;
  readonly limits: RoomLimits;
  readonly members: readonly Member[];
  /** Who made it, and so has one of all rooms. */
  readonly maker: Pick<Visitor, "address" | "isTrusted">;
  readonly away: SentAway;
  /** Since when nobody is in it, on the clock of `nowMs`; `null` while somebody is. */
  readonly idleSinceMs: number | null;
}

/** What can happen to a room. `nowMs`: any clock that does not go backwards. */
export type RoomInput =
  & { readonly nowMs: number; readonly connection: ConnectionId }
  & (
    /** `iceServers`: what the newcomer is told if it is let in. */
    | {
      readonly kind: "join";
      readonly peer: PeerInfo;
      readonly token: Token;
      readonly address: string;
      readonly iceServers: readonly IceServer[];
    }
    | { readonly kind: "forward"; readonly message: ForwardedMessage }
    | { readonly kind: "send-away"; readonly peer: PeerId }
    /** `left`: on purpose. `lost`: the connection ended. */
    | { readonly kind: "gone"; readonly reason: "left" | "lost" }
  );

/** One message for one connection. The link is closed behind a fatal error. */
export interface Outgoing {
  readonly to: ConnectionId;
  readonly message: FromServerMessage;
}

/** The next state of a room and what it sends. */
export interface Step {
  readonly state: RoomState;
  readonly send: readonly Outgoing[];
}

/** A room with nobody in it. */
export function emptyRoom(
  id: RoomId,
  tokens: RoomTokens,
  { limits, maker, nowMs }: Pick<RoomState, "limits" | "maker"> & { readonly nowMs: number },
): RoomState {
  const away = { peers: [], addresses: [] };
  return { id, tokens, limits, maker, away, members: [], idleSinceMs: nowMs };
}

/**
 * The rules of a room. Pure: no link and no clock; every input has a defined answer, whatever a
 * peer sends. A refused input leaves the state as it was.
 */
export function step(state: RoomState, input: RoomInput): Step {
  switch (input.kind) {
    case "join":
      return tellOwner(state, join(state, input));
    case "forward":
      return { state, send: [forward(state, input.connection, input.message)] };
    case "send-away":
      return tellOwner(state, sendAway(state, input));
    case "gone":
      return tellOwner(state, gone(state, input));
    default:
      return assertNever(input);
  }
}

/** Phones talk with owner and viewers; nobody talks with, or sees, another of its own side. */
export function canSee(a: Role, b: Role): boolean {
  return (a === "phone") !== (b === "phone");
}

function join(state: RoomState, input: Extract<RoomInput, { kind: "join" }>): Step {
  const { peer, connection, token, address } = input;
  const refuse = (error: ErrorMessage) => ({ state, send: [{ to: connection, message: error }] });
  if (!secretsEqual(token, state.tokens[peer.role])) return refuse(refusal("bad-token"));

  const isAway = state.away.peers.includes(peer.id) || state.away.addresses.includes(address);
  if (peer.role !== "owner" && isAway) return refuse(refusal("sent-away"));

  // The same page again, or the owner from another browser: the newer one wins, as after a reload
  // whose old link the server has not yet seen die.
  const replaced = state.members.filter((member) =>
    member.id === peer.id || (member.role === "owner" && peer.role === "owner")
  );
  const others = state.members.filter((member) => !replaced.includes(member));
  if (others.filter((member) => member.role === peer.role).length >= places(state, peer.role)) {
    return refuse(refusal("room-full"));
  }

  const member: Member = { ...peer, connection, address };
  const visible = others.filter((other) => canSee(other.role, peer.role));
  const leaving = replaced.filter((old) => old.id !== peer.id || old.role !== peer.role);
  const send: Outgoing[] = [
    ...replaced.map((old) => ({ to: old.connection, message: refusal("replaced") })),
    ...leaving.flatMap((old) => leftMessages(others, old, "left")),
    {
      to: connection,
      message: {
        type: "joined",
        version: PROTOCOL_VERSION,
        self: info(member),
        peers: visible.map(info),
        iceServers: [...input.iceServers],
      },
    },
    ...visible.map((other): Outgoing => ({
      to: other.connection,
      message: { type: "peer-joined", peer: info(member) },
    })),
  ];
  return { state: { ...state, members: [...others, member], idleSinceMs: null }, send };
}

function places(state: RoomState, role: Role): number {
  if (role === "phone") return state.limits.maxPhones;
  return role === "viewer" ? state.limits.maxViewers : 1;
}

/**
 * The sender comes from the connection, never from the message. An id that exists but may not be
 * seen is answered like one that does not exist.
 */
function forward(state: RoomState, connection: ConnectionId, message: ForwardedMessage): Outgoing {
  const sender = state.members.find((member) => member.connection === connection);
  const target = state.members.find((member) =>
    member.id === message.to && member.instance === message.toInstance
  );
  if (sender === undefined || target === undefined || !canSee(sender.role, target.role)) {
    return { to: connection, message: refusal("unknown-peer") };
  }
  const { to: _to, toInstance: _toInstance, ...content } = message;
  return {
    to: target.connection,
    message: { ...content, from: sender.id, fromInstance: sender.instance },
  };
}

/**
 * Sends a peer away for good, whether it is here now or about to come back. Its address too, unless
 * others of the room are there: a household, or all who come through one proxy.
 */
function sendAway(state: RoomState, input: Extract<RoomInput, { kind: "send-away" }>): Step {
  const { connection, peer } = input;
  const sender = state.members.find((member) => member.connection === connection);
  if (sender?.role !== "owner" || peer === sender.id) {
    return { state, send: [{ to: connection, message: refusal("not-allowed") }] };
  }
  const { peers, addresses } = state.away;
  const target = state.members.find((member) => member.id === peer);
  const members = state.members.filter((member) => member !== target);
  const isAlone = target !== undefined &&
    members.every((member) => member.address !== target.address);
  const away = {
    peers: newest(peers, peer),
    addresses: isAlone ? newest(addresses, target.address) : addresses,
  };
  const send = target === undefined ? [] : [
    { to: target.connection, message: refusal("sent-away") },
    ...leftMessages(members, target, "left"),
  ];
  return { state: { ...state, members, away }, send };
}

function newest<T>(known: readonly T[], one: T): readonly T[] {
  return [...known.filter((other) => other !== one), one].slice(-MAX_SENT_AWAY);
}

/** Viewers do not see each other, but an owner is to know whom to send away. */
function tellOwner(before: RoomState, { state, send }: Step): Step {
  const owner = state.members.find(({ role }) => role === "owner");
  if (owner === undefined) return { state, send };
  const known = before.members.some(({ connection }) => connection === owner.connection)
    ? viewersOf(before)
    : [];
  const viewers = viewersOf(state);
  if (known.join() === viewers.join()) return { state, send };
  const message: FromServerMessage = { type: "viewers", viewers: [...viewers] };
  return { state, send: [...send, { to: owner.connection, message }] };
}

function viewersOf({ members }: RoomState): readonly PeerId[] {
  return members.filter(({ role }) => role === "viewer").map(({ id }) => id);
}

function gone(state: RoomState, input: Extract<RoomInput, { kind: "gone" }>): Step {
  const member = state.members.find((candidate) => candidate.connection === input.connection);
  // Replaced before its link closed: the peer is still here, on its newer one.
  if (member === undefined) return { state, send: [] };
  const members = state.members.filter((other) => other !== member);
  const idleSinceMs = members.length === 0 ? input.nowMs : null;
  return {
    state: { ...state, members, idleSinceMs },
    send: leftMessages(members, member, input.reason),
  };
}

function leftMessages(
  members: readonly Member[],
  gone: Member,
  reason: "left" | "lost",
): Outgoing[] {
  return members.filter((member) => canSee(member.role, gone.role)).map((member) => ({
    to: member.connection,
    message: { type: "peer-left", peerId: gone.id, instance: gone.instance, reason },
  }));
}

function info(member: Member): PeerInfo {
  const { id, role, instance, noWebRtc }: PeerInfo = member;
  return { id, role, instance, ...(noWebRtc && { noWebRtc }) };
}
