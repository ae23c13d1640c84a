// This module is browser compatible.
import * as v from "valibot";
import { SIGNAL_ERROR_CODES } from "./errors.ts";
import { faultText } from "./fault.ts";
import { iceServerSchema } from "./ice.ts";
import { identitySchema, instanceSchema, peerIdSchema, roomIdSchema, tokenSchema } from "./ids.ts";
import { fromStreamSchema, toStreamSchema } from "./inference.ts";
import { fromRelaySchema, toRelaySchema } from "./relay.ts";
import { joinOriginListSchema } from "./join_origins.ts";
import { iceCandidateInitSchema, sdpSchema } from "./sdp.ts";
import { cameraNameSchema, serverCamerasSchema, useCameraSchema } from "./server_camera.ts";

/**
 * What a peer is in its room. `owner`: the one viewer that made it and may command phones.
 * `viewer`: sees only. `phone`: sends its camera.
 */
export const roleSchema = v.picklist(["owner", "viewer", "phone"]);
/** See {@linkcode roleSchema}. */
export type Role = v.InferOutput<typeof roleSchema>;

/** First message on every control link. The server answers `joined`, or `error` and closes. */
export const joinSchema = v.strictObject({
  type: v.literal("join"),
  /** See `PROTOCOL_VERSION`; checked after parsing so that the refusal can say `bad-version`. */
  version: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65535)),
  roomId: roomIdSchema,
  role: roleSchema,
  /** Opens the room in this role. */
  token: tokenSchema,
  identity: identitySchema,
  instance: instanceSchema,
  /** From an owner only: the tokens for the other two roles, set when the room does not exist yet. */
  create: v.optional(v.strictObject({ viewToken: tokenSchema, joinToken: tokenSchema })),
  /** From an owner only: its browser made the room, so nobody led it there who knows its keys. */
  madeHere: v.optional(v.literal(true)),
  /** This browser has no WebRTC: pictures can go only through the server. */
  noWebRtc: v.optional(v.literal(true)),
});
/** See {@linkcode joinSchema}. */
export type Join = v.InferOutput<typeof joinSchema>;

/** First message on every bulk link: shows whose it is. The server answers `opened`, or `error`. */
const openSchema = v.strictObject({ type: v.literal("open"), ticket: instanceSchema });

const offerFields = { type: v.literal("offer"), sdp: sdpSchema };
const answerFields = { type: v.literal("answer"), sdp: sdpSchema };
const iceCandidateFields = { type: v.literal("ice-candidate"), candidate: iceCandidateInitSchema };

/** To whom a forwarded message goes. `toInstance` keeps it from a reloaded page under the same id. */
const toFields = { to: peerIdSchema, toInstance: instanceSchema };
/** What the server adds when it forwards: the sender comes from the link, never from the message. */
const fromFields = { from: peerIdSchema, fromInstance: instanceSchema };

/** Keeps the link alive; the server answers `pong` with the same `nonce`. */
const pingSchema = v.strictObject({
  type: v.literal("ping"),
  nonce: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31)),
});

/** From an owner: asks for a short code that leads to this room's join page. */
const codeRequestSchema = v.strictObject({ type: v.literal("code-request") });

/** On the control link: asks for a ticket, with which this page opens its bulk link. */
const ticketRequestSchema = v.strictObject({ type: v.literal("ticket-request") });

/** From an owner: this phone or viewer is to go, and not to come back into the room. */
const sendAwaySchema = v.strictObject({ type: v.literal("send-away"), peer: peerIdSchema });

/** The sender closes its page on purpose. */
const leaveSchema = v.strictObject({ type: v.literal("leave") });

/** Everything a page may send. */
export const fromClientSchema = v.variant("type", [
  joinSchema,
  openSchema,
  v.strictObject({ ...offerFields, ...toFields }),
  v.strictObject({ ...answerFields, ...toFields }),
  v.strictObject({ ...iceCandidateFields, ...toFields }),
  pingSchema,
  codeRequestSchema,
  ticketRequestSchema,
  leaveSchema,
  sendAwaySchema,
  useCameraSchema,
  toStreamSchema,
  toRelaySchema,
]);
/** See {@linkcode fromClientSchema}. */
export type FromClientMessage = v.InferOutput<typeof fromClientSchema>;
/** The three messages that are passed on to another peer. */
export type ForwardedMessage = Extract<FromClientMessage, { to: unknown }>;

/** One peer as the others of its room see it. */
export const peerInfoSchema = v.object({
  id: peerIdSchema,
  role: roleSchema,
  instance: instanceSchema,
  /** See {@linkcode joinSchema}. */
  noWebRtc: v.optional(v.literal(true)),
  /** In the place of a phone it is this camera of the server. Said by the server alone. */
  camera: v.optional(cameraNameSchema),
});
/** See {@linkcode peerInfoSchema}. */
export type PeerInfo = v.InferOutput<typeof peerInfoSchema>;

/** To viewers, who invite phones: where these reach the server from now on; see `ClientConfig`. */
const joinOriginsSchema = v.object({
  type: v.literal("join-origins"),
  joinOrigins: joinOriginListSchema,
  joinProblem: v.nullable(v.string()),
});
/** See {@linkcode joinOriginsSchema}. */
export type JoinOrigins = v.InferOutput<typeof joinOriginsSchema>;

/** To viewers: which models the server has from now on; `/api/config` tells them, see `ClientConfig`. */
const modelsSchema = v.object({
  type: v.literal("models"),
  revision: v.pipe(v.string(), v.maxLength(64)),
});
/** See {@linkcode modelsSchema}. */
export type ModelsMessage = v.InferOutput<typeof modelsSchema>;

/** To the owner: the view-only viewers that are in the room from now on. */
const viewersSchema = v.object({
  type: v.literal("viewers"),
  viewers: v.array(peerIdSchema),
});

/** Everything the server may send. */
export const fromServerSchema = v.variant("type", [
  /** The join succeeded. `peers` are the others now present that this role may talk to. */
  v.object({
    type: v.literal("joined"),
    version: v.number(),
    self: peerInfoSchema,
    peers: v.array(peerInfoSchema),
    /** For `RTCConfiguration.iceServers`. Empty: host candidates only. */
    iceServers: v.array(iceServerSchema),
  }),
  /** The bulk link is open; `self` is whose it is. */
  v.object({ type: v.literal("opened"), self: peerInfoSchema }),
  /** For one bulk link, once, within seconds; an earlier one of the page is void. A secret. */
  v.object({ type: v.literal("ticket"), ticket: instanceSchema }),
  /** Others from now on, because the credentials of those before come to their end. */
  v.object({ type: v.literal("ice-servers"), iceServers: v.array(iceServerSchema) }),
  /** Somebody came, or came back with a new `instance` after a reload. */
  v.object({ type: v.literal("peer-joined"), peer: peerInfoSchema }),
  /** `left`: on purpose. `lost`: its link ended; its media may well still flow. */
  v.object({
    type: v.literal("peer-left"),
    peerId: peerIdSchema,
    instance: instanceSchema,
    reason: v.picklist(["left", "lost"]),
  }),
  v.object({ ...offerFields, ...fromFields }),
  v.object({ ...answerFields, ...fromFields }),
  v.object({ ...iceCandidateFields, ...fromFields }),
  v.object({ type: v.literal("pong"), nonce: v.number() }),
  joinOriginsSchema,
  modelsSchema,
  viewersSchema,
  serverCamerasSchema,
  /** A short code, valid until `expiresInMs` from now. */
  v.object({ type: v.literal("code"), code: v.string(), expiresInMs: v.number() }),
  fromStreamSchema,
  fromRelaySchema,
  /** A refusal. `fatal`: the link is closed behind it. `retryAfterMs`: when trying again may help. */
  v.object({
    type: v.literal("error"),
    code: v.picklist(SIGNAL_ERROR_CODES),
    message: v.string(),
    fatal: v.boolean(),
    retryAfterMs: v.optional(v.number()),
  }),
]);
/** See {@linkcode fromServerSchema}. */
export type FromServerMessage = v.InferOutput<typeof fromServerSchema>;
/** A refusal as it is sent. */
export type ErrorMessage = Extract<FromServerMessage, { type: "error" }>;

/**
 * Parses one text frame from a page.
 * @throws {SyntaxError} If it is not JSON. @throws {TypeError} If it is not a known message.
 */
export function parseFromClient(text: string): FromClientMessage {
  return parse(fromClientSchema, text);
}

/**
 * Parses one text frame from the server.
 * @throws {SyntaxError} If it is not JSON. @throws {TypeError} If it is not a known message.
 */
export function parseFromServer(text: string): FromServerMessage {
  return parse(fromServerSchema, text);
}

/** The shared way in: JSON, then the schema; the thrown message names the first field at fault. */
export function parse<T>(schema: v.GenericSchema<unknown, T>, text: string): T {
  const result = v.safeParse(schema, JSON.parse(text), { abortEarly: true });
  if (result.success) return result.output;
  throw new TypeError(`Cannot accept message: ${faultText(result.issues)}`);
}

/** What a text says as JSON; `null` where it is none. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
