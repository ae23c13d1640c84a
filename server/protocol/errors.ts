// This module is browser compatible.

/**
 * Every reason for which the server refuses something on a link. One closed list for messages, for
 * thrown errors and for the sentences of the pages.
 */
export const SIGNAL_ERROR_CODES = [
  /** No record of ours, not JSON, not a known message, or a field of a wrong type. */
  "bad-message",
  /** Another {@linkcode PROTOCOL_VERSION}: the page is older or newer than the server. */
  "bad-version",
  /** No such room: its owner is away, or it died of idleness. */
  "unknown-room",
  /** The token does not open this room in this role. */
  "bad-token",
  /** Who sees rooms has to give the server's password first. */
  "sign-in-needed",
  /** All places of this role are taken. */
  "room-full",
  /** A message to a peer that is not (any more) in the room. The link stays open. */
  "unknown-peer",
  /** A message that this role may not send. The link stays open. */
  "not-allowed",
  /** A message, or a record, over its limit. */
  "too-large",
  /** More messages, joins or codes than the rate limit allows. */
  "too-fast",
  /** No join within `JOIN_TIMEOUT_MS`, or silence for `SILENCE_TIMEOUT_MS`. */
  "timeout",
  /** The server holds as many rooms as it may. */
  "too-many-rooms",
  /** This address holds as many connections as it may. */
  "too-many-sockets",
  /** The same page opened a newer link of the same kind, or its room was opened elsewhere. */
  "replaced",
  /** The owner sent this page away, and lets it in no more. */
  "sent-away",
  /** The room may be on another node, and this one cannot reach the others now. */
  "out-of-reach",
  /** The server is shutting down. Come back in a moment. */
  "server-closing",
  /** The ticket of a bulk link is none, was used before, or is too old. */
  "bad-ticket",
  /** Not a frame of ours, or from somebody who may send none. */
  "bad-frame",
  /** The page reads too slowly. */
  "backlog",
  /** The page of a bulk link is not in its room any more. */
  "ended",
  /** No such camera of the server, or not for this owner. The link stays open. */
  "unknown-camera",
  /** The room has as many cameras of the server as it may. The link stays open. */
  "too-many-cameras",
  /** As many viewers watch cameras of the server as may. Tried again by itself; the link stays open. */
  "cameras-busy",
] as const;

/** See {@linkcode SIGNAL_ERROR_CODES}. */
export type SignalErrorCode = (typeof SIGNAL_ERROR_CODES)[number];

/** Refusals after which reconnecting by itself cannot help: a person has to do something. */
export const FINAL_ERROR_CODES: ReadonlySet<SignalErrorCode> = new Set([
  "bad-message",
  "bad-version",
  "bad-token",
  "sign-in-needed",
  "replaced",
  "sent-away",
]);

/** Marks a `switch` as complete: adding a case to the union is then a type error here. */
export function assertNever(value: never): never {
  throw new TypeError(`Cannot handle value: ${JSON.stringify(value)}`);
}
