import type { Rate } from "../signaling/rate_limit.ts";

/** Frames of one phone: ours sends 10 a second at most. */
export const FRAME_RATE: Rate = { perSecond: 15, burst: 5 };

/** KiB of frames of one phone. Ten a second of 60 kB fit twice. */
export const KIB_RATE: Rate = { perSecond: 1024, burst: 2048 };

/** Text messages of one wire: acks, pings, detections, what a person does. */
export const TEXT_RATE: Rate = { perSecond: 60, burst: 120 };

/** With more than this waiting for a page, what is worth nothing when it is late is left out. */
export const MAX_TIMING_BACKLOG_BYTES = 64 * 1024;

/** With more than this, the page does not read: two of the longest frames are less. */
export const MAX_WIRE_BACKLOG_BYTES = 2 * 1024 * 1024;

/** A page that lost its signalling, or its wire, may come back within this time. */
export const RELAY_LINGER_MS = 30_000;

/** Viewers of all phones that a server relays to unless configured otherwise. */
export const DEFAULT_MAX_RELAYS = 8;
