import { MAX_SIGNAL_BYTES, randomSecret, type SignalErrorCode } from "@/protocol";
import { AnswerStream } from "./answer_stream.ts";
import type { SignalHub } from "./hub.ts";
import { refusal } from "./refusal.ts";
import { MAX_BACKLOG_BYTES, type SignalSession } from "./session.ts";
import type { Visitor } from "./visitor.ts";

/** Proxies end a response that is silent for a minute, some after 15 s. */
const HEARTBEAT_MS = 10_000;

/** Messages in one POST: a burst of ICE candidates. */
const MAX_BATCH = 32;

/** Of one body; each message in it is held to the limit of one message by its session. */
const MAX_BODY_BYTES = 4 * MAX_SIGNAL_BYTES;

/** A body that takes longer is somebody holding the connection open. */
const BODY_TIMEOUT_MS = 10_000;

/** Request header that names the session of a `send`. */
export const SESSION_HEADER = "X-Peerlens-Session";

const HEADERS = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  // nginx and the tunnels built on it hold small writes back without this.
  "X-Accel-Buffering": "no",
};

/**
 * The second carrier, for networks and browsers that refuse WebSocket: one response that streams
 * the server's messages, and a POST for the page's. Origin and Host are the caller's to check.
 */
export class SseCarrier {
  readonly #hub: SignalHub;
  readonly #sessions = new Map<string, SignalSession>();
  /** Those with a POST under way: one at a time, so that nobody fills the memory with bodies. */
  readonly #busy = new Set<SignalSession>();

  constructor(hub: SignalHub) {
    this.#hub = hub;
  }

  /** `POST /api/signal/stream`: the body is the join; the answer is the stream of its session. */
  async stream(request: Request, visitor: Visitor): Promise<Response> {
    const { address } = visitor;
    if (!this.#hub.accepts(address)) return refuse(429, "too-many-sockets");
    // Counted before its body is awaited: a slow body holds a connection too.
    const uncount = this.#hub.countWire(address);
    const body = await readBody(request);
    if (typeof body !== "string") {
      uncount();
      return body;
    }
    const id = randomSecret();
    const stream = this.#open(id, { visitor, uncount, join: body });
    return new Response(stream, { headers: HEADERS });
  }

  /** `POST /api/signal/send`: one message, or a JSON array of up to 32, for a session. */
  async send(request: Request): Promise<Response> {
    const session = this.#sessions.get(request.headers.get(SESSION_HEADER) ?? "");
    if (session === undefined) {
      return refuse(410, "timeout", "The session is over: open a new stream");
    }
    // Not over for it: what has been said is still being read.
    if (this.#busy.has(session)) return refuse(429, "too-fast");
    this.#busy.add(session);
    const body = await readBody(request);
    this.#busy.delete(session);
    if (typeof body !== "string") {
      if (body.status === 413) session.send(refusal("too-large"));
      return body;
    }
    const texts = split(body);
    if (texts === null) {
      session.send(refusal("bad-message", { message: "More than 32 messages in one body" }));
      return refuse(400, "bad-message");
    }
    for (const text of texts) session.onText(text);
    return new Response(null, { status: 204 });
  }

  #open(
    id: string,
    { visitor, uncount, join }: { visitor: Visitor; uncount: () => void; join: string },
  ): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    const stream = new AnswerStream({
      maxBytes: MAX_BACKLOG_BYTES,
      heartbeat: { chunk: encoder.encode(":\n\n"), everyMs: HEARTBEAT_MS },
      // Cancelled when the page, or its network, went away.
      onGone: () => {
        this.#sessions.delete(id);
        session.onClose();
      },
      onFree: uncount,
    });
    const write = (text: string) => stream.write(encoder.encode(text));
    write(`event: session\ndata: ${id}\n\n`);
    const session: SignalSession = this.#hub.open({
      send: (text) => write(`data: ${text}\n\n`),
      close: (_code, reason) => {
        this.#sessions.delete(id);
        // Of a page that does not read, nothing is kept.
        stream.end({ isForced: reason === "backlog" || reason === "timeout" });
      },
      bufferedBytes: () => stream.queuedBytes,
    }, visitor);
    if (session.ended) return stream.readable;
    this.#sessions.set(id, session);
    session.onText(join);
    return stream.readable;
  }
}

/** A JSON array becomes its elements; anything else is one message, whatever is in it. */
function split(body: string): string[] | null {
  if (!body.trimStart().startsWith("[")) return [body];
  try {
    const messages: unknown[] = JSON.parse(body);
    return messages.length > MAX_BATCH ? null : messages.map((each) => JSON.stringify(each));
  } catch {
    return [body];
  }
}

/** Reads a body, in time and within bounds, as UTF-8; or answers why not. */
async function readBody(request: Request): Promise<string | Response> {
  const declared = Number(request.headers.get("content-length") ?? 0);
  if (declared > MAX_BODY_BYTES) return refuse(413, "too-large");
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = request.body?.getReader();
  const timer = setTimeout(() => reader?.cancel().catch(() => {}), BODY_TIMEOUT_MS);
  const startMs = performance.now();
  try {
    for (let part = await reader?.read(); part?.value; part = await reader?.read()) {
      bytes += part.value.byteLength;
      if (bytes > MAX_BODY_BYTES) {
        reader?.cancel().catch(() => {});
        return refuse(413, "too-large");
      }
      chunks.push(part.value);
    }
  } catch {
    // The page went away while sending: nobody reads this answer.
    return refuse(400, "bad-message");
  } finally {
    clearTimeout(timer);
  }
  if (performance.now() - startMs >= BODY_TIMEOUT_MS) return refuse(408, "timeout");
  return await new Blob(chunks as Uint8Array<ArrayBuffer>[]).text();
}

function refuse(
  status: number,
  code: SignalErrorCode,
  message?: string,
): Response {
  return Response.json(refusal(code, message === undefined ? {} : { message }), { status });
}
