import {
  assertNever,
  type ErrorMessage,
  type ForwardedMessage,
  type FromServerMessage,
  type IceServer,
  MAX_ROOM_CAMERAS,
  type PeerId,
  type PeerInfo,
  PROTOCOL_VERSION,
  type Role,
} from "@/protocol";
import { refusal } from "../link/refusal.ts";
import type { ConnectionId } from "../link/session.ts";
import { secretsEqual } from "../base/secrets.ts";
import type { Member, Outgoing, RoomInput, RoomState, Step } from "./room_state.ts";

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
    case "add-camera":
      return addCamera(state, input);
    case "remove-camera":
      return removeCamera(state, input);
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
  if (others.filter((other) => takesPlaceOf(other, peer.role)).length >= places(state, peer.role)) {
    return refuse(refusal("room-full"));
  }

  const leaving = replaced.filter((old) => old.id !== peer.id || old.role !== peer.role);
  const { state: after, send } = admit(
    { ...state, members: others },
    { ...peer, connection, address },
    input.iceServers,
  );
  return {
    state: after,
    send: [
      ...replaced.map((old) => ({ to: old.connection, message: refusal("replaced") })),
      ...leaving.flatMap((old) => leftMessages(others, old, "left")),
      ...send,
    ],
  };
}

/** Tells the newcomer who is there, and them of it. */
function admit(state: RoomState, member: Member, iceServers: readonly IceServer[]): Step {
  const visible = state.members.filter((other) => canSee(other.role, member.role));
  const send: Outgoing[] = [
    {
      to: member.connection,
      message: {
        type: "joined",
        version: PROTOCOL_VERSION,
        self: info(member),
        peers: visible.map(info),
        iceServers: [...iceServers],
      },
    },
    ...visible.map((other): Outgoing => ({
      to: other.connection,
      message: { type: "peer-joined", peer: info(member) },
    })),
  ];
  return { state: { ...state, members: [...state.members, member], idleSinceMs: null }, send };
}

/** A camera of the server takes no place of a phone. */
function takesPlaceOf({ role, camera }: Member, wanted: Role): boolean {
  return role === wanted && camera === undefined;
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

/** A camera of the server comes into the room in the place of a phone, as its owner wishes. */
function addCamera(state: RoomState, input: Extract<RoomInput, { kind: "add-camera" }>): Step {
  const { connection, camera: { name, ...place }, iceServers } = input;
  const refuse = (error: ErrorMessage) => ({ state, send: [{ to: connection, message: error }] });
  if (!isOwner(state, connection)) return refuse(refusal("not-allowed"));
  const present = state.members.filter(({ camera }) => camera !== undefined);
  if (present.some(({ camera }) => camera === name)) return { state, send: [] };
  if (present.length >= MAX_ROOM_CAMERAS) return refuse(refusal("too-many-cameras"));
  return admit(state, { ...place, role: "phone", camera: name, address: "" }, iceServers);
}

function removeCamera(
  state: RoomState,
  { connection, name }: Extract<RoomInput, { kind: "remove-camera" }>,
): Step {
  if (!isOwner(state, connection)) {
    return { state, send: [{ to: connection, message: refusal("not-allowed") }] };
  }
  const camera = state.members.find((member) => member.camera === name);
  return camera === undefined ? { state, send: [] } : without(state, camera);
}

/** A camera goes. It may come again, so it is not sent away. */
function without(state: RoomState, camera: Member): Step {
  const members = state.members.filter((member) => member !== camera);
  const send = [
    { to: camera.connection, message: refusal("ended") },
    ...leftMessages(members, camera, "left"),
  ];
  return { state: { ...state, members }, send };
}

function isOwner(state: RoomState, connection: ConnectionId): boolean {
  return state.members.some((member) =>
    member.connection === connection && member.role === "owner"
  );
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
  if (target?.camera !== undefined) return without(state, target);
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

/** As many of each kind are remembered. */
const MAX_SENT_AWAY = 64;

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
  // Cameras of the server keep no room alive.
  const isIdle = members.every(({ camera }) => camera !== undefined);
  const idleSinceMs = isIdle ? input.nowMs : null;
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
  const { id, role, instance, noWebRtc, camera }: PeerInfo = member;
  return { id, role, instance, ...(noWebRtc && { noWebRtc }), ...(camera && { camera }) };
}
