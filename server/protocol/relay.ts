// This module is browser compatible.
import * as v from "valibot";
import { instanceSchema, peerIdSchema } from "./ids.ts";
import { topicSchema } from "./link.ts";

// What two pages without a path between them say over the server: who wants it, on their control links;
// and what goes on the topics of their bulk links. Frames have a layout of their own, see `relay_frame.ts`.

/** A connection that has not come about after this long is taken to have no path. */
export const RELAY_AFTER_MS = 8_000;

/** Longest message of a channel, in UTF-16 units: as on the channels' own. */
export const MAX_RELAYED_CHARS = 8 * 1024;

/** Longest text on a topic: the same within JSON, where quotes take two. */
export const MAX_RELAY_TEXT_CHARS = MAX_RELAYED_CHARS * 2 + 256;

/** Frames of a phone, and frames to a viewer, that may be under way at once. */
export const MAX_RELAY_IN_FLIGHT = 2;

/** Why a phone sends nothing. */
export const RELAY_REFUSALS = [
  /** The person at the phone does not want it. */
  "refused",
  /** The phone's browser makes no pictures. */
  "failed",
] as const;
/** See {@linkcode RELAY_REFUSALS}. */
export type RelayRefusal = (typeof RELAY_REFUSALS)[number];

/** What a page asks of the server about its relay. `phone`: whose pictures. */
export const toRelaySchema = v.strictObject({
  type: v.literal("relay"),
  body: v.variant("kind", [
    /** From a viewer: it wants them; said again when it is back in its room. */
    v.strictObject({ kind: v.literal("open"), phone: peerIdSchema, phoneInstance: instanceSchema }),
    /** From a viewer: it needs them no more. */
    v.strictObject({ kind: v.literal("close"), phone: peerIdSchema }),
    /** From a phone: it sends nothing through the server. */
    v.strictObject({ kind: v.literal("refuse"), cause: v.picklist(RELAY_REFUSALS) }),
  ]),
});
/** See {@linkcode toRelaySchema}. */
export type ToRelayMessage = v.InferOutput<typeof toRelaySchema>;

/** Why a relay ended, or did not begin. */
export const RELAY_END_CAUSES = [
  /** Asked for, or nobody wants it any more. */
  "closed",
  ...RELAY_REFUSALS,
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
    /** They go on this topic of the page's bulk link. A phone that is told so is wanted. */
    v.object({ kind: v.literal("topic"), topic: topicSchema }),
    v.object({ kind: v.literal("ended"), cause: v.picklist(RELAY_END_CAUSES) }),
  ]),
});
/** See {@linkcode fromRelaySchema}. */
export type FromRelayMessage = v.InferOutput<typeof fromRelaySchema>;

/** The two channels between phone and viewer, whose messages the server passes on unread. */
export const relayChannelSchema = v.picklist(["control", "timing"]);
/** See {@linkcode relayChannelSchema}. */
export type RelayChannel = v.InferOutput<typeof relayChannelSchema>;

const frameId = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 32 - 1));
const text = v.pipe(v.string(), v.maxLength(MAX_RELAYED_CHARS));

/** Texts of a page on the topic of a relay. */
export const toRelayTopicSchema = v.variant("type", [
  /** First on every bulk link, and whenever the page is told of the topic: it hears it now. */
  v.strictObject({ type: v.literal("ready") }),
  /** A message of a channel. `to`: from a phone, which viewer; a viewer's topic has one phone. */
  v.strictObject({
    type: v.literal("message"),
    to: v.optional(peerIdSchema),
    channel: relayChannelSchema,
    text,
  }),
  /** From a viewer: this frame and those before it are dealt with. */
  v.strictObject({ type: v.literal("ack"), frame: frameId }),
]);
/** See {@linkcode toRelayTopicSchema}. */
export type ToRelayTopic = v.InferOutput<typeof toRelayTopicSchema>;

/** Texts of the server on the topic of a relay. */
export const fromRelayTopicSchema = v.variant("type", [
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
]);
/** See {@linkcode fromRelayTopicSchema}. */
export type FromRelayTopic = v.InferOutput<typeof fromRelayTopicSchema>;
