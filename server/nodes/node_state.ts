import { assertNever, type RoomId } from "@/protocol";
import type { NodeId } from "./bridge_frame.ts";

/** Every node says this often that it is there. */
export const BEAT_MS = 300;

/** A node that was not heard for so long is taken for lost, and what led to it ends. */
export const SILENCE_MS = 1_500;

/**
 * While a node is lost, a room stays without its owner for so long: the owner may be with that node, and
 * make the room again there. So two homes of a room exist for the sum of both at most, from when its
 * owner changed sides.
 */
export const OWNERLESS_MS = 2_000;

/**
 * A room that was made is claimed at each beat for so long: others may have been out of reach for less
 * than it takes to notice.
 */
const CLAIM_MS = SILENCE_MS + 2 * BEAT_MS;

/** A lost node that has not come back in this time will not: nodes are stopped without a word too. */
const FORGET_LOST_MS = 10 * 60_000;

/** More nodes than anybody has; those after them are not heard. */
const MAX_NODES = 256;

/** What a home says of a room, for the case that another node is its home as well. */
export interface Claim {
  readonly node: NodeId;
  readonly hasOwner: boolean;
  /** When it was made, ms since the Unix epoch on its node's clock. */
  readonly madeMs: number;
}

/** A room whose home is here. */
export interface HomeRoom {
  /** See {@linkcode Claim}. */
  readonly madeMs: number;
  /** Since when it is here, on the clock of `nowMs`. */
  readonly hereSinceMs: number;
  /** Since when its owner is away, on that clock; `null`: it is here. */
  readonly ownerlessSinceMs: number | null;
}

/** What a node knows of the others, and which rooms are its own. Never changed. */
export interface NodeState {
  readonly self: NodeId;
  /** When each of the others was heard last. */
  readonly heardMs: ReadonlyMap<NodeId, number>;
  /** When each was lost. */
  readonly lostMs: ReadonlyMap<NodeId, number>;
  readonly rooms: ReadonlyMap<RoomId, HomeRoom>;
  /** Time of the last tick; `null`: there was none. */
  readonly tickedMs: number | null;
}

/** What can happen. `nowMs`: a clock that does not go backwards. */
export type NodeInput =
  & { readonly nowMs: number }
  & (
    /** Another node is there. */
    | { readonly kind: "beat"; readonly node: NodeId }
    /** It ends, in order. */
    | { readonly kind: "bye"; readonly node: NodeId }
    /** A room has come to be here, or is here no more. */
    | { readonly kind: "made"; readonly room: RoomId; readonly madeMs: number }
    | { readonly kind: "gone"; readonly room: RoomId }
    /** Another node says that a room of ours is its own. `hasOwner`: whether its owner is here. */
    | {
      readonly kind: "claimed";
      readonly room: RoomId;
      readonly claim: Claim;
      readonly hasOwner: boolean;
    }
    /** The connection to the bus is another one: what was said meanwhile was not heard. */
    | { readonly kind: "connected" }
    /** Several times a second. `ownerless`: rooms whose owner is not here. */
    | { readonly kind: "tick"; readonly ownerless: ReadonlySet<RoomId> }
  );

/** What is to be done about it. */
export type NodeEffect =
  /** Links that lead to it, or come from it, are over. */
  | { readonly kind: "lost"; readonly node: NodeId }
  /** The others are to be told that this room is ours. */
  | { readonly kind: "claim"; readonly room: RoomId; readonly madeMs: number }
  /** The room is another's, or may be: its pages are to come again. */
  | { readonly kind: "drop"; readonly room: RoomId };

/** The next state, and what to do. */
export interface NodeStep {
  readonly state: NodeState;
  readonly effects: readonly NodeEffect[];
}

/** A node that has just begun. */
export function freshNode(self: NodeId): NodeState {
  return { self, heardMs: new Map(), lostMs: new Map(), rooms: new Map(), tickedMs: null };
}

/** Which nodes there are, and whose a room is where two say so. Pure. */
export function stepNode(state: NodeState, input: NodeInput): NodeStep {
  const { nowMs } = input;
  switch (input.kind) {
    case "beat":
      return heard(state, input.node, nowMs);
    case "bye": {
      if (!state.heardMs.has(input.node)) return { state, effects: [] };
      const heardMs = without(state.heardMs, input.node);
      return { state: { ...state, heardMs }, effects: [{ kind: "lost", node: input.node }] };
    }
    case "made": {
      const room = { madeMs: input.madeMs, hereSinceMs: nowMs, ownerlessSinceMs: null };
      const next = { ...state, rooms: new Map(state.rooms).set(input.room, room) };
      return { state: next, effects: [{ kind: "claim", room: input.room, madeMs: input.madeMs }] };
    }
    case "gone":
      return { state: { ...state, rooms: without(state.rooms, input.room) }, effects: [] };
    case "claimed":
      return claimed(state, input);
    case "connected":
      return { state, effects: claims(state) };
    case "tick":
      return tick(state, input);
    default:
      return assertNever(input);
  }
}

/** Of two homes, the one that goes on: where the owner is, else the newer. The same on both nodes. */
export function isStronger(a: Claim, b: Claim): boolean {
  if (a.hasOwner !== b.hasOwner) return a.hasOwner;
  return a.madeMs === b.madeMs ? a.node > b.node : a.madeMs > b.madeMs;
}

function heard(state: NodeState, node: NodeId, nowMs: number): NodeStep {
  if (node === state.self) return { state, effects: [] };
  const isNew = !state.heardMs.has(node);
  if (isNew && state.heardMs.size >= MAX_NODES) return { state, effects: [] };
  const heardMs = new Map(state.heardMs).set(node, nowMs);
  if (!isNew) return { state: { ...state, heardMs }, effects: [] };
  // It may have been apart from us, and have homes of the same rooms.
  const lostMs = without(state.lostMs, node);
  return { state: { ...state, heardMs, lostMs }, effects: claims(state) };
}

function claimed(state: NodeState, input: Extract<NodeInput, { kind: "claimed" }>): NodeStep {
  const { room: id, claim, hasOwner } = input;
  const room = state.rooms.get(id);
  if (room === undefined || claim.node === state.self) return { state, effects: [] };
  const ours: Claim = { node: state.self, hasOwner, madeMs: room.madeMs };
  if (isStronger(ours, claim)) {
    return { state, effects: [{ kind: "claim", room: id, madeMs: room.madeMs }] };
  }
  return {
    state: { ...state, rooms: without(state.rooms, id) },
    effects: [{ kind: "drop", room: id }],
  };
}

function tick(state: NodeState, input: Extract<NodeInput, { kind: "tick" }>): NodeStep {
  const { nowMs, ownerless } = input;
  // This node itself was held up: what the others said meanwhile is still to be read.
  const wasHeldUp = state.tickedMs !== null && nowMs - state.tickedMs >= SILENCE_MS / 2;
  const silent = wasHeldUp
    ? []
    : [...state.heardMs].filter(([, atMs]) => nowMs - atMs >= SILENCE_MS).map(([node]) => node);
  const heardMs = without(state.heardMs, ...silent);
  const lostMs = new Map([...state.lostMs].filter(([, atMs]) => nowMs - atMs < FORGET_LOST_MS));
  for (const node of silent) lostMs.set(node, nowMs);
  // Counted from the loss at the earliest: an owner who was away before it may be on its way back.
  const lostSinceMs = Math.min(...lostMs.values());
  const rooms = new Map<RoomId, HomeRoom>();
  const effects: NodeEffect[] = silent.map((node) => ({ kind: "lost", node }));
  for (const [id, room] of state.rooms) {
    const sinceMs = ownerless.has(id) ? room.ownerlessSinceMs ?? nowMs : null;
    const isOver = sinceMs !== null && nowMs - Math.max(sinceMs, lostSinceMs) >= OWNERLESS_MS;
    if (!isOver && nowMs - room.hereSinceMs < CLAIM_MS) {
      effects.push({ kind: "claim", room: id, madeMs: room.madeMs });
    }
    if (isOver) effects.push({ kind: "drop", room: id });
    else {rooms.set(
        id,
        sinceMs === room.ownerlessSinceMs ? room : { ...room, ownerlessSinceMs: sinceMs },
      );}
  }
  return { state: { ...state, heardMs, lostMs, rooms, tickedMs: nowMs }, effects };
}

function claims({ rooms }: NodeState): NodeEffect[] {
  return [...rooms].map(([room, { madeMs }]) => ({ kind: "claim", room, madeMs }));
}

function without<K, V>(map: ReadonlyMap<K, V>, ...keys: readonly K[]): ReadonlyMap<K, V> {
  if (!keys.some((key) => map.has(key))) return map;
  const next = new Map(map);
  for (const key of keys) next.delete(key);
  return next;
}
