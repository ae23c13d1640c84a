import type { RoomId } from "@/protocol";
import { AnswerStream } from "../link/answer_stream.ts";
import type { SignalHub } from "../rooms/hub.ts";
import { refuser } from "../base/refuser.ts";
import { bearerToken } from "../base/secrets.ts";
import { maySee } from "./access.ts";
import type { StreamGateway } from "./gateway.ts";
import type { Watcher } from "./room_watchers.ts";

/** Proxies end a response that is silent for a minute, some after 15 s. */
const HEARTBEAT_MS = 10_000;

/** Bytes that may wait for a slow reader; past it results are lost. Some hundred results. */
const MAX_BACKLOG_BYTES = 128 * 1024;

const refuse = refuser({
  "bad-token": [401, "The request needs Authorization: Bearer <owner's or viewer's token>"],
  "too-many-watchers": [
    429,
    "As many read the results of this room, or from this address, as may",
  ],
});

/** How results are written: by the request's `Accept`. */
const FORMATS = {
  "text/event-stream": { result: (text: string) => `data: ${text}\n\n`, silence: ":\n\n" },
  "application/x-ndjson": { result: (text: string) => `${text}\n`, silence: "\n" },
} as const;

/**
 * `GET /api/rooms/:room/detections`: the results of a room's streams as they come, for those who
 * use them elsewhere. An event stream, or a JSON text a line.
 */
export function watchDetections(
  request: Request,
  { roomId, address, hub, gateway }: {
    readonly roomId: string;
    readonly address: string;
    readonly hub: SignalHub;
    readonly gateway: StreamGateway;
  },
): Response {
  const token = bearerToken(request.headers);
  const isAllowed = () => token !== null && maySee(hub.roleOf(roomId, token, address));
  if (!isAllowed()) return refuse("bad-token");
  const { watchers } = gateway;
  if (
    !watchers.hasPlace(roomId as RoomId) || !hub.connections.accepts({ address, isTrusted: false })
  ) return refuse("too-many-watchers", 5_000);
  const type = request.headers.get("accept")?.includes("text/event-stream")
    ? "text/event-stream"
    : "application/x-ndjson";
  const uncount = hub.connections.count(address);
  const stream = resultsOf(FORMATS[type], {
    watch: (watcher) => watchers.add(roomId as RoomId, { ...watcher, maySee: isAllowed }),
    onEnd: uncount,
  });
  return new Response(stream, {
    headers: { "Content-Type": type, "Cache-Control": "no-store", "X-Accel-Buffering": "no" },
  });
}

function resultsOf(
  format: (typeof FORMATS)[keyof typeof FORMATS],
  { watch, onEnd }: {
    watch: (watcher: Omit<Watcher, "maySee">) => () => void;
    onEnd: () => void;
  },
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const silence = encoder.encode(format.silence);
  const stream = new AnswerStream({
    maxBytes: MAX_BACKLOG_BYTES,
    heartbeat: { chunk: silence, everyMs: HEARTBEAT_MS },
    onGone: () => unwatch(),
    onFree: onEnd,
  });
  const unwatch = watch({
    offer: (text) => {
      if (stream.queuedBytes >= MAX_BACKLOG_BYTES) return false;
      stream.write(encoder.encode(format.result(text)));
      return true;
    },
    close: () => {
      unwatch();
      stream.end();
    },
  });
  // Headers go out with the first bytes: the reader is told at once that it is listened to.
  stream.write(silence);
  return stream.readable;
}
