// This module is browser compatible.

/** Longest signalling message in UTF-8 bytes; an SDP of ours is about 6 kB. */
export const MAX_SIGNAL_BYTES = 64 * 1024;

/** Longest SDP in UTF-16 units. */
export const MAX_SDP_CHARS = 48 * 1024;

/** Longest ICE candidate line; the longest seen (TCP, IPv6, network cost) are about 250. */
export const MAX_CANDIDATE_CHARS = 1024;

/** A link that has not said who it is after this long is closed with `timeout`. */
export const JOIN_TIMEOUT_MS = 5_000;

/** A page pings each of its links this often. Short enough to notice a phone that left the Wi-Fi. */
export const PING_INTERVAL_MS = 8_000;

/** A page that then hears nothing for this long treats its control link as lost. */
export const PONG_TIMEOUT_MS = 4_000;

/** The same of its bulk link, where a pong may wait behind pictures. */
export const BULK_PONG_TIMEOUT_MS = 10_000;

/** The server closes a link after this much silence: three pings missed. */
export const SILENCE_TIMEOUT_MS = 25_000;

/**
 * Sustained messages a second of one link about itself and its room: trickle ICE sends bursts of a few
 * dozen, then none.
 */
export const MESSAGES_PER_SECOND = 30;

/** Such messages that one link may send at once. */
export const MESSAGE_BURST = 120;

/** Phones in a room unless configured otherwise. */
export const DEFAULT_MAX_PHONES = 4;

/** View-only viewers in a room unless configured otherwise. */
export const DEFAULT_MAX_VIEWERS = 4;
