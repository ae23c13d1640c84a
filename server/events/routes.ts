import type { Context, Hono } from "hono";
import { MAX_EVENT_BYTES, parseZoneEvent, type RoomId } from "@/protocol";
import type { AppEnv } from "../base/security.ts";
import type { SignalHub } from "../rooms/hub.ts";
import { KeyedLimiter } from "../base/rate_limit.ts";
import { bearerToken } from "../base/secrets.ts";
import { readBody } from "../base/body.ts";
import { refuser } from "../base/refuser.ts";
import type { Visitor } from "../base/visitor.ts";
import type { Webhook } from "./webhook.ts";

/** Events of one room, and requests of one address: a busy crossing, not a flood. */
const ROOM_RATE = { perSecond: 5, burst: 32 };
const ADDRESS_RATE = { perSecond: 20, burst: 100 };

/** Every way in which an event is refused. */
const refuse = refuser({
  "bad-event": [400, "The body is not an event of a zone"],
  "broken": [400, "The event did not come whole"],
  "bad-token": [401, "The request needs Authorization: Bearer <owner's token of this room>"],
  "not-allowed": [
    403,
    "Only an owner at this computer, or one who gave the server's password, may have events sent",
  ],
  "too-slow": [408, "The event came too slowly"],
  "too-large": [413, "The event is larger than it may be"],
  "not-json": [415, "The body must be application/json"],
  "too-fast": [429, "Too many events at once"],
  "unavailable": [503, "This server does not send events: start it with --webhook"],
});

/** What the routes stand on. */
export interface EventRouteDeps {
  readonly hub: Pick<SignalHub, "roleOf">;
  /** `null`: none is configured. */
  readonly webhook: Webhook | null;
  readonly visitorOf: (c: Context<AppEnv>) => Visitor;
}

/** `POST /api/rooms/:room/events` takes one, `GET` says what has become of the newest. */
export function addEvents(app: Hono<AppEnv>, { hub, webhook, visitorOf }: EventRouteDeps): void {
  const path = "/api/rooms/:room/events";
  if (webhook === null) {
    app.all(path, () => refuse("unavailable"));
    return;
  }
  const rooms = new KeyedLimiter(ROOM_RATE);
  const addresses = new KeyedLimiter(ADDRESS_RATE);
  /** Only the owner's page may have pictures sent away. */
  const roomOf = (request: Request, room: string): RoomId | null => {
    const token = bearerToken(request.headers);
    return token !== null && hub.roleOf(room, token) === "owner" ? room as RoomId : null;
  };
  app.use(path, async (c, next) => {
    // Signed with the operator's secret, and sent from this computer: not for any guest with a room.
    if (!visitorOf(c).isTrusted) return refuse("not-allowed");
    const waitMs = addresses.take(c.env.address, performance.now());
    return waitMs > 0 ? refuse("too-fast", waitMs) : await next();
  });
  app.post(path, async (c) => {
    const roomId = roomOf(c.req.raw, c.req.param("room"));
    if (roomId === null) return refuse("bad-token");
    const waitMs = rooms.take(roomId, performance.now());
    if (waitMs > 0) return refuse("too-fast", waitMs);
    const type = c.req.header("content-type")?.split(";")[0]?.trim().toLowerCase();
    if (type !== "application/json") return refuse("not-json");
    const body = await readBody(c.req.raw, MAX_EVENT_BYTES);
    if (typeof body === "string") return refuse(body === "no-room" ? "too-fast" : body);
    const event = parseZoneEvent(parseJson(body));
    if (event === null) return refuse("bad-event");
    webhook.offer(roomId, event);
    return answer({ id: event.id }, 202);
  });
  app.get(path, (c) => {
    const roomId = roomOf(c.req.raw, c.req.param("room"));
    return roomId === null
      ? refuse("bad-token")
      : answer({ outcomes: webhook.outcomes(roomId) }, 200);
  });
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
}

function answer(body: unknown, status: number): Response {
  return Response.json(body, { status, headers: { "Cache-Control": "no-store" } });
}
