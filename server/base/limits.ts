import type { Rate } from "./rate_limit.ts";

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

/** How many of `places` one room may take, so that it leaves some to others; at least one. */
export function roomShare(places: number): number {
  return Math.ceil(places * ROOM_SHARE_PERCENT / 100);
}
