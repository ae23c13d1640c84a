import type { Rate } from "@/protocol";

/** Bounds on all rooms and connections. */
export interface HubLimits {
  readonly maxRooms: number;
  /** A room without anybody in it dies after this long. */
  readonly roomIdleTtlMs: number;
  /** Of one room, besides its owner. */
  readonly maxPhones: number;
  readonly maxViewers: number;
  /** Of whatever kind. */
  readonly maxSocketsPerAddress: number;
  /** Joins of one address. */
  readonly joins: Rate;
}

/** How many streams of frames there may be. */
export interface StreamLimits {
  /** Of all. One room gets its {@linkcode roomShare} of them. */
  readonly maxStreams: number;
  /** Of one peer in one room. Two: a stream and the one that replaces it. */
  readonly maxStreamsPerViewer: number;
}

/** What of the configuration is the relay's. */
export interface RelayConfig {
  /** Whether the server passes pictures on at all. @default {true} */
  readonly isOn: boolean;
  /** Viewers of all phones that it does so for at once. @default {8} */
  readonly maxRelays: number;
}

/** Viewers of all phones that a server relays to unless configured otherwise. */
export const DEFAULT_MAX_RELAYS = 8;

/** The part of what all rooms share that one of them may take, in percent. */
export const ROOM_SHARE_PERCENT = 50;

/** The part that one address may take, in percent; owners at this computer or signed in may take more. */
export const ADDRESS_SHARE_PERCENT = 25;

/** As many are one address's at least: a room with four phones needs them. */
export const LEAST_ADDRESS_SHARE = 4;

/** The part that is kept for owners at this computer or signed in, in percent. */
export const RESERVE_PERCENT = 25;

/** Links of all addresses together: fewer than connections, which pages need for more. */
export const MAX_SOCKETS = 768;

/** Who has a place of what all share, or wants one. */
export interface Holder {
  readonly roomId: string;
  readonly address: string;
  /** An owner at this computer or signed in. */
  readonly isTrusted: boolean;
}

/** Whether there is a place for one more, besides those that are held. */
export function hasPlaceFor(who: Holder, places: number, held: readonly Holder[]): boolean {
  const count = (which: (other: Holder) => boolean) => held.filter(which).length;
  if (held.length >= places) return false;
  if (count(({ roomId }) => roomId === who.roomId) >= roomShare(places)) return false;
  if (who.isTrusted) return true;
  return count(({ isTrusted }) => !isTrusted) < places - reserved(places) &&
    count(({ address }) => address === who.address) < addressShare(places);
}

/** How many of `places` are kept for owners at this computer or signed in. */
export function reserved(places: number): number {
  return Math.floor(places * RESERVE_PERCENT / 100);
}

/** How many of `places` one address may take. */
export function addressShare(places: number): number {
  return Math.max(LEAST_ADDRESS_SHARE, Math.ceil(places * ADDRESS_SHARE_PERCENT / 100));
}

/** How many of `places` one room may take, so that it leaves some to others; at least one. */
export function roomShare(places: number): number {
  return Math.ceil(places * ROOM_SHARE_PERCENT / 100);
}
