// This module is browser compatible.

/** Longest signalling message in UTF-8 bytes; an SDP of ours is about 6 kB. */
export const MAX_SIGNAL_BYTES = 64 * 1024;

/** Longest SDP in UTF-16 units. */
export const MAX_SDP_CHARS = 48 * 1024;

/** Longest ICE candidate line; the longest seen (TCP, IPv6, network cost) are about 250. */
export const MAX_CANDIDATE_CHARS = 1024;

/** A socket that has not joined after this long is closed with `timeout`. */
export const JOIN_TIMEOUT_MS = 5_000;

/** A peer pings this often. Short enough to notice a phone that left the Wi-Fi. */
export const PING_INTERVAL_MS = 8_000;

/** A peer that hears no pong for this long treats its socket as lost. */
export const PONG_TIMEOUT_MS = 4_000;

/** The server closes a socket after this much silence: three pings missed. */
export const SILENCE_TIMEOUT_MS = 25_000;

/** Sustained messages a second of one socket: trickle ICE sends bursts of a few dozen, then none. */
export const MESSAGES_PER_SECOND = 30;

/** Messages that one socket may send at once. */
export const MESSAGE_BURST = 120;

/** Phones in a room unless configured otherwise. */
export const DEFAULT_MAX_PHONES = 4;

/** View-only viewers in a room unless configured otherwise. */
export const DEFAULT_MAX_VIEWERS = 4;
