import { MAX_RELAY_TEXT_CHARS, MAX_SIGNAL_BYTES, type Rate } from "@/protocol";

/** Texts of topics: acks, pings of clocks, detections, what a person does; of four phones at most. */
export const TOPIC_TEXT_RATE: Rate = { perSecond: 120, burst: 240 };

/** Binary records of topics: 60 frames a second in a few chunks each. What is over is lost. */
export const TOPIC_BYTES_RATE: Rate = { perSecond: 300, burst: 600 };

/** Longest text of a topic: a message between phone and viewer. */
export const MAX_TOPIC_TEXT_CHARS = MAX_RELAY_TEXT_CHARS;

/** Of one POST on a control link; each message in it is held to its own limit. */
export const MAX_CONTROL_BODY_BYTES = 4 * MAX_SIGNAL_BYTES;

/** Of one POST on a bulk link: what gathered beside its longest record. */
export const MAX_BODY_BESIDE_BYTES = 128 * 1024;

/** Bytes that may wait for a page. A trickle of candidates is some kB; this much is a dead one. */
export const MAX_CONTROL_BACKLOG_BYTES = 1024 * 1024;

/** The same of its bulk link: four phones with two of the longest frames each are under way. */
export const MAX_BULK_BACKLOG_BYTES = 4608 * 1024;

/** With more than this waiting for a page, what is worth nothing when it is late waits or is left out. */
export const LATE_BACKLOG_BYTES = 64 * 1024;

/** A page that lost its links may come back within this time to what it has open. */
export const LINGER_MS = 30_000;
