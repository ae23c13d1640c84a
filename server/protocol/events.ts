// This module is browser compatible.
import * as v from "valibot";
import { CAPTURE_CLOCKS } from "./timing.ts";

/** What can happen between an object and a zone. */
export const EVENT_KINDS = ["enter", "leave"] as const;
/** See {@linkcode EVENT_KINDS}. */
export type EventKind = (typeof EVENT_KINDS)[number];

/** Longest name of a zone, in UTF-16 units. */
export const MAX_ZONE_NAME_CHARS = 40;
/** Longest id of a zone. */
export const MAX_ZONE_ID_CHARS = 32;

/** Long side of an event's picture. */
export const MAX_SNAPSHOT_SIDE_PX = 640;
/** Largest picture of an event. */
export const MAX_SNAPSHOT_BYTES = 200_000;

/** Longest event as JSON, in UTF-8 bytes: the picture in base64 and the rest. */
export const MAX_EVENT_BYTES = Math.ceil(MAX_SNAPSHOT_BYTES / 3) * 4 + 4 * 1024;

const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const timeMs = v.pipe(v.number(), v.finite(), v.minValue(0));
const sidePx = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_SNAPSHOT_SIDE_PX));

/** 22 base64url characters, random: the same event has the same id however often it is sent. */
const eventIdSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/));

/** The picture of an event as the viewer's page showed it, boxes included. */
export const eventSnapshotSchema = v.strictObject({
  type: v.literal("image/jpeg"),
  width_px: sidePx,
  height_px: sidePx,
  /** The page showed it flipped left to right; the event's box is of the picture as it was taken. */
  mirrored: v.boolean(),
  /** Standard base64 with padding (RFC 4648 section 4). */
  data: v.pipe(
    v.string(),
    v.maxLength(Math.ceil(MAX_SNAPSHOT_BYTES / 3) * 4),
    v.regex(/^\/9j\/[A-Za-z0-9+/]*={0,2}$/, "Not a JPEG in base64"),
    v.check((text) => text.length % 4 === 0, "Not whole base64"),
  ),
});
/** See {@linkcode eventSnapshotSchema}. */
export type EventSnapshot = v.InferOutput<typeof eventSnapshotSchema>;

/** An object entered or left a zone. From the owner's page to the server, and on to the webhook. */
export const zoneEventSchema = v.strictObject({
  id: eventIdSchema,
  kind: v.picklist(EVENT_KINDS),
  /** Of `leave`: it was not seen to go, it was no longer found anywhere. */
  lost: v.boolean(),
  zone: v.strictObject({
    id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+$/), v.maxLength(MAX_ZONE_ID_CHARS)),
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_ZONE_NAME_CHARS)),
  }),
  label: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
  track_id: v.pipe(v.number(), v.integer(), v.minValue(1)),
  score: share,
  /** Where it was found last, xyxy in [0, 1] of the camera's picture. */
  box: v.strictObject({ xmin: share, ymin: share, xmax: share, ymax: share }),
  /** When the camera took the frame that showed it, ms since the epoch on the viewer's clock. */
  capture_ts: timeMs,
  /** What that time is made from. */
  capture_clock: v.picklist(CAPTURE_CLOCKS),
  /** The time is at most this wrong, ms; `null` where nobody can say. */
  clock_error_ms: v.nullable(timeMs),
  model_id: v.nullable(v.pipe(v.string(), v.maxLength(64))),
  /** `null`: the page was not on the screen, so there was no picture with boxes. */
  snapshot: v.nullable(eventSnapshotSchema),
});
/** See {@linkcode zoneEventSchema}. */
export type ZoneEvent = v.InferOutput<typeof zoneEventSchema>;

/** Why an event did not get to the webhook. */
export const EVENT_LOSS_CAUSES = [
  /** Its answer was a status from 400 on, and not one that asks to try again. */
  "refused",
  /** It wanted to send the server elsewhere, where nobody has allowed it to go. */
  "redirected",
  /** It failed, or asked to try again, every time. */
  "failing",
  /** It did not answer within five seconds, every time. */
  "timeout",
  /** No connection, every time. */
  "unreachable",
  /** Newer ones needed its place in the queue. */
  "overflow",
  /** The server ended before. */
  "closed",
] as const;
/** See {@linkcode EVENT_LOSS_CAUSES}. */
export type EventLossCause = (typeof EVENT_LOSS_CAUSES)[number];

/** What has become of one event. */
export const eventOutcomeSchema = v.variant("state", [
  v.object({ id: eventIdSchema, state: v.literal("waiting") }),
  v.object({ id: eventIdSchema, state: v.literal("delivered"), status: v.number() }),
  v.object({
    id: eventIdSchema,
    state: v.literal("lost"),
    cause: v.picklist(EVENT_LOSS_CAUSES),
    /** The last answer's; `null`: there was none. */
    status: v.nullable(v.number()),
  }),
]);
/** See {@linkcode eventOutcomeSchema}. */
export type EventOutcome = v.InferOutput<typeof eventOutcomeSchema>;

/** What `GET /api/rooms/:room/events` answers: the newest events of the room. */
export const eventOutcomesSchema = v.object({ outcomes: v.array(eventOutcomeSchema) });

/** Reads one event. @returns `null` if it is none. */
export function parseZoneEvent(value: unknown): ZoneEvent | null {
  const result = v.safeParse(zoneEventSchema, value, { abortEarly: true });
  return result.success ? result.output : null;
}

/** Reads the server's answer. @throws {TypeError} If it is none. */
export function parseEventOutcomes(value: unknown): readonly EventOutcome[] {
  const result = v.safeParse(eventOutcomesSchema, value, { abortEarly: true });
  if (result.success) return result.output.outcomes;
  throw new TypeError("Cannot read what became of the events: the answer has another form");
}
