// This module is browser compatible.
import * as v from "valibot";
import { instanceSchema, peerIdSchema } from "./ids.ts";

// What two pages without a path between them say over the server: who wants it, in signalling; and
// what goes over the wires of `/api/relay`. Frames have a layout of their own, see `relay_frame.ts`.

/** A connection that has not come about after this long is taken to have no path. */
export const RELAY_AFTER_MS = 8_000;

/** Longest message of a channel, in UTF-16 units: as on the channels' own. */
export const MAX_RELAYED_CHARS = 8 * 1024;

/** Longest text message on a wire: the same within JSON, where quotes take two. */
export const MAX_RELAY_TEXT_CHARS = MAX_RELAYED_CHARS * 2 + 256;

/** Frames of a phone, and frames to a viewer, that may be under way at once. */
export const MAX_RELAY_IN_FLIGHT = 2;

/** A page pings its wire this often. */
export const RELAY_PING_MS = 5_000;

/** A wire that was silent for this long is dead, for either end. */
export const RELAY_SILENCE_MS = 15_000;

/** What a page asks of the server about its relay. `phone`: whose pictures. */
export const toRelaySchema = v.strictObject({
  type: v.literal("relay"),
  body: v.variant("kind", [
    /** From a viewer: it wants them, and a ticket for its wire; again when the wire is lost. */
    v.strictObject({
      kind: v.literal("open"),
      phone: peerIdSchema,
      phoneInstance: instanceSchema,
    }),
    /** From a viewer: it needs them no more. */
    v.strictObject({ kind: v.literal("close"), phone: peerIdSchema }),
    /** From a phone: its wire is lost, and it would go on. */
    v.strictObject({ kind: v.literal("ticket") }),
    /** From a phone: it sends nothing through the server. */
    v.strictObject({ kind: v.literal("refuse") }),
  ]),
});
/** See {@linkcode toRelaySchema}. */
export type ToRelayMessage = v.InferOutput<typeof toRelaySchema>;

/** Why a relay ended, or did not begin. */
export const RELAY_END_CAUSES = [
  /** Asked for, or nobody wants it any more. */
  "closed",
  /** The person at the phone does not want it. */
  "refused",
  /** The phone is not there, or does not send. */
  "gone",
  /** The server relays as many as it may. */
  "too-many",
  /** The server relays nothing. */
  "unavailable",
] as const;
/** See {@linkcode RELAY_END_CAUSES}. */
export type RelayEndCause = (typeof RELAY_END_CAUSES)[number];

/** What the server says of it, to the viewer or to the phone. */
export const fromRelaySchema = v.object({
  type: v.literal("relay"),
  phone: peerIdSchema,
  body: v.variant("kind", [
    /** Opens a wire, once, within 10 s; an earlier one is void. A phone that gets one is wanted. */
    v.object({ kind: v.literal("ticket"), ticket: instanceSchema }),
    v.object({ kind: v.literal("ended"), cause: v.picklist(RELAY_END_CAUSES) }),
  ]),
});
/** See {@linkcode fromRelaySchema}. */
export type FromRelayMessage = v.InferOutput<typeof fromRelaySchema>;

/** Why the server closes a wire: the reason of the WebSocket's close, and of the stream's end. */
export const RELAY_CLOSE_REASONS = [
  /** The relay is over; see the cause that came over signalling. */
  "ended",
  "server-closing",
  /** The same page opened a newer wire. */
  "replaced",
  "bad-ticket",
  /** Not a message of ours. */
  "bad-message",
  /** Not a frame of ours, or from somebody who may send none. */
  "bad-frame",
  "too-large",
  /** More text messages than the limit. */
  "too-fast",
  /** Nothing was heard for too long. */
  "timeout",
  /** The page reads too slowly. */
  "backlog",
] as const;
/** See {@linkcode RELAY_CLOSE_REASONS}. */
export type RelayCloseReason = (typeof RELAY_CLOSE_REASONS)[number];

/** The two channels between phone and viewer, whose messages a wire carries unread. */
export const relayChannelSchema = v.picklist(["control", "timing"]);
/** See {@linkcode relayChannelSchema}. */
export type RelayChannel = v.InferOutput<typeof relayChannelSchema>;

const nonce = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31));
const frameId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));
const text = v.pipe(v.string(), v.maxLength(MAX_RELAYED_CHARS));

/** Text messages of a page on its wire. */
export const toRelayWireSchema = v.variant("type", [
  /** A message of a channel. `to`: from a phone, which viewer; a viewer's wire has one phone. */
  v.strictObject({
    type: v.literal("message"),
    to: v.optional(peerIdSchema),
    channel: relayChannelSchema,
    text,
  }),
  /** From a viewer: this frame and those before it are dealt with. */
  v.strictObject({ type: v.literal("ack"), frame: frameId }),
  v.strictObject({ type: v.literal("ping"), nonce }),
]);
/** See {@linkcode toRelayWireSchema}. */
export type ToRelayWire = v.InferOutput<typeof toRelayWireSchema>;

/** Text messages of the server on a wire. */
export const fromRelayWireSchema = v.variant("type", [
  /** First of all. `session`: on the streamed carrier, names the wire in POST requests. Secret. */
  v.object({ type: v.literal("opened"), session: v.optional(instanceSchema) }),
  /** A message of a channel. `from`: to a phone, which viewer's. */
  v.object({
    type: v.literal("message"),
    from: v.optional(peerIdSchema),
    channel: relayChannelSchema,
    text,
  }),
  /** To a phone: who gets its frames now. */
  v.object({ type: v.literal("viewers"), viewers: v.array(peerIdSchema) }),
  /** To a phone: this frame and those before it are dealt with. */
  v.object({ type: v.literal("ack"), frame: frameId }),
  v.object({ type: v.literal("pong"), nonce }),
  /** On the streamed carrier, before its end: what a WebSocket says in closing. */
  v.object({ type: v.literal("closed"), reason: v.picklist(RELAY_CLOSE_REASONS) }),
]);
/** See {@linkcode fromRelayWireSchema}. */
export type FromRelayWire = v.InferOutput<typeof fromRelayWireSchema>;
