// This module is browser compatible.
import * as v from "valibot";
import { instanceSchema, peerIdSchema } from "./ids.ts";
import { topicSchema } from "./link.ts";
import { MAX_CLASSES } from "./model.ts";
import { iceCandidateInitSchema, sdpSchema } from "./sdp.ts";

/**
 * The two DataChannels between viewer and server, both negotiated and unordered. A packet that is
 * not through after this time is given up: with no retransmission at all a frame of some 20 packets
 * is lost too often, and an old frame is worth nothing.
 */
export const INFERENCE_CHANNELS = {
  frames: { label: "frames", id: 0 },
  results: { label: "results", id: 1 },
  maxPacketLifeTimeMs: 250,
} as const;

/** Without an open DataChannel after this time, frames go over the bulk link. */
export const DATA_CHANNEL_TIMEOUT_MS = 3_000;

/** Longest text on the results channel, UTF-16 units: 300 detections and their frame. */
export const MAX_RESULT_CHARS = 128 * 1024;

/** A stream that is examined at all is so once in this time. */
export const MAX_FRAME_INTERVAL_MS = 10_000;

/** What the server is to do with the frames of one stream; applies from the next frame on. */
export const streamSettingsSchema = v.strictObject({
  modelId: v.pipe(v.string(), v.maxLength(64)),
  scoreThreshold: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  iouThreshold: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  /** Class ids to keep; `null` keeps all. */
  classes: v.nullable(v.pipe(
    v.array(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_CLASSES - 1))),
    v.maxLength(MAX_CLASSES),
  )),
});
/** See {@linkcode streamSettingsSchema}. */
export type StreamSettings = v.InferOutput<typeof streamSettingsSchema>;

/**
 * The stream's frames are the pictures of a phone that this server relays to the viewer; `null`: none
 * for now. Results name them by the relay's own frame ids. `clockOffsetMs`: what has to be added to a time of the phone's
 * clock to have it on the server's; `null`: not known. `minIntervalMs`: between two that are examined.
 */
export const relayedSourceSchema = v.strictObject({
  phone: v.nullable(peerIdSchema),
  clockOffsetMs: v.nullable(v.pipe(v.number(), v.finite())),
  minIntervalMs: v.pipe(v.number(), v.minValue(0), v.maxValue(MAX_FRAME_INTERVAL_MS)),
});
/** See {@linkcode relayedSourceSchema}. */
export type RelayedSource = v.InferOutput<typeof relayedSourceSchema>;

/**
 * From a viewer, on its control link: sets up one stream of frames to the server. `stream` is the
 * viewer's own random name for it; the server keeps it apart from other viewers' streams.
 */
export const toStreamSchema = v.strictObject({
  type: v.literal("inference"),
  stream: instanceSchema,
  body: v.variant("kind", [
    /** Opens the stream, or changes its settings. `relayed`: the server has the frames itself. */
    v.strictObject({
      kind: v.literal("settings"),
      settings: streamSettingsSchema,
      relayed: v.exactOptional(relayedSourceSchema),
    }),
    v.strictObject({ kind: v.literal("offer"), sdp: sdpSchema }),
    v.strictObject({ kind: v.literal("ice-candidate"), candidate: iceCandidateInitSchema }),
    v.strictObject({ kind: v.literal("close") }),
  ]),
});
/** See {@linkcode toStreamSchema}. */
export type ToStreamMessage = v.InferOutput<typeof toStreamSchema>;

/** Why the server does not take a stream, or ends it. */
export const STREAM_END_CAUSES = [
  /** Server mode is switched off, or has no model. */
  "unavailable",
  /** This model is not on the server. */
  "unknown-model",
  /** As many streams as the server may have. */
  "too-many-streams",
  /** The inference process ended; it is being started again. Open the stream anew. */
  "restarting",
  /** Closed by its viewer. */
  "closed",
] as const;
/** See {@linkcode STREAM_END_CAUSES}. */
export type StreamEndCause = (typeof STREAM_END_CAUSES)[number];

/** Why an offer is not answered: the stream's frames go over the link, for now. */
export const OFFER_REFUSALS = [
  /** No UDP port is left for it. */
  "no-port",
  /** It cannot be read. */
  "bad-offer",
  /** Too many of one stream. */
  "too-fast",
] as const;
/** See {@linkcode OFFER_REFUSALS}. */
export type OfferRefusal = (typeof OFFER_REFUSALS)[number];

/** From the server, about one stream of this viewer. */
export const fromStreamSchema = v.object({
  type: v.literal("inference"),
  stream: instanceSchema,
  body: v.variant("kind", [
    /**
     * The stream is open with these settings. `runMs`: the model's own warm median here. `topic`: its
     * own on the bulk link, for where no DataChannel comes about.
     */
    v.object({
      kind: v.literal("opened"),
      modelId: v.string(),
      runMs: v.nullable(v.number()),
      topic: topicSchema,
    }),
    v.object({ kind: v.literal("answer"), sdp: sdpSchema }),
    v.object({ kind: v.literal("offer-refused"), cause: v.picklist(OFFER_REFUSALS) }),
    v.object({ kind: v.literal("ice-candidate"), candidate: iceCandidateInitSchema }),
    v.object({ kind: v.literal("ended"), cause: v.picklist(STREAM_END_CAUSES) }),
  ]),
});
/** See {@linkcode fromStreamSchema}. */
export type FromStreamMessage = v.InferOutput<typeof fromStreamSchema>;
