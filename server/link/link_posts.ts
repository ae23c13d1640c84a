import {
  EMPTY_RECORD,
  LINK_HEADER,
  MAX_SIGNAL_BYTES,
  randomSecret,
  RECORD_HEADER_BYTES,
  type SignalErrorCode,
} from "@/protocol";
import { type BodyFault, readBody } from "../base/body.ts";
import { AnswerStream } from "./answer_stream.ts";
import { MAX_BULK_BACKLOG_BYTES } from "./limits.ts";
import type { LinkServer } from "./link_socket.ts";
import { refusal } from "./refusal.ts";
import type { LinkSession } from "./session.ts";
import type { Visitor } from "../base/visitor.ts";

/** Proxies end an answer that is silent for a minute, some after 15 s. */
const KEEP_OPEN_MS = 5_000;

/** The first body: who it is. */
const MAX_FIRST_BODY_BYTES = RECORD_HEADER_BYTES + MAX_SIGNAL_BYTES;

const HEADERS = {
  "Content-Type": "application/octet-stream",
  // Nothing on the way may hold it back to compress it.
  "Cache-Control": "no-store, no-transform",
  // nginx and the tunnels built on it hold small writes back without this.
  "X-Accel-Buffering": "no",
};

const FAULTS: Readonly<Record<BodyFault, readonly [number, SignalErrorCode]>> = {
  "too-large": [413, "too-large"],
  "too-slow": [408, "timeout"],
  "no-room": [503, "too-fast"],
  broken: [400, "bad-message"],
};

/**
 * Links for networks and browsers that refuse WebSocket: one answer that streams what the server says,
 * and POSTs for what the page does; both are made of records. Origin and Host are the caller's to check.
 */
export class LinkPosts {
  readonly #server: LinkServer;
  readonly #sessions = new Map<string, LinkSession>();
  /** Those with a POST under way: one at a time, so that nobody fills the memory with bodies. */
  readonly #busy = new Set<LinkSession>();

  constructor(server: LinkServer) {
    this.#server = server;
  }

  /** Opens a link: the body is the record that says who it is. */
  async stream(request: Request, visitor: Visitor): Promise<Response> {
    const { connections } = this.#server;
    if (!connections.accepts(visitor)) return refuse(429, "too-many-sockets");
    // Counted before its body is awaited: a slow body holds a connection too.
    const uncount = connections.count(visitor.address);
    const body = await readBody(request, MAX_FIRST_BODY_BYTES);
    if (typeof body === "string") {
      uncount();
      return refuse(...FAULTS[body]);
    }
    const id = randomSecret();
    const stream = this.#open(id, { visitor, uncount, body });
    return new Response(stream, { headers: { ...HEADERS, [LINK_HEADER]: id } });
  }

  /** Takes records for the link that the header names. */
  async send(request: Request): Promise<Response> {
    const session = this.#sessions.get(request.headers.get(LINK_HEADER) ?? "");
    if (session === undefined) return refuse(410, "ended");
    // Not over for it: what has been said is still being read.
    if (this.#busy.has(session)) return refuse(429, "too-fast");
    this.#busy.add(session);
    const body = await readBody(request, session.maxBodyBytes);
    this.#busy.delete(session);
    if (typeof body === "string") {
      if (body === "too-large") session.unreadable(new RangeError("Cannot read body"));
      return refuse(...FAULTS[body]);
    }
    if (!session.receiveAll(body)) return refuse(400, "bad-message");
    return new Response(null, { status: 204 });
  }

  #open(
    id: string,
    { visitor, uncount, body }: {
      visitor: Visitor;
      uncount: () => void;
      body: Uint8Array;
    },
  ): ReadableStream<Uint8Array> {
    const stream = new AnswerStream({
      // What a control link may have waiting is less: its session sees to that.
      maxBytes: MAX_BULK_BACKLOG_BYTES,
      heartbeat: { chunk: EMPTY_RECORD, everyMs: KEEP_OPEN_MS },
      // Cancelled when the page, or its network, went away.
      onGone: () => {
        this.#sessions.delete(id);
        session.onClose();
      },
      onFree: uncount,
    });
    // Headers go out with the first bytes: the page is told at once that it got through.
    stream.write(EMPTY_RECORD);
    const session: LinkSession = this.#server.open({
      send: (record) => stream.write(record),
      close: (_code, reason) => {
        this.#sessions.delete(id);
        // Of a page that does not read, nothing is kept.
        stream.end({ isForced: reason === "backlog" || reason === "timeout" });
      },
      bufferedBytes: () => stream.queuedBytes,
    }, visitor);
    if (session.ended) return stream.readable;
    this.#sessions.set(id, session);
    session.receiveAll(body);
    return stream.readable;
  }
}

function refuse(status: number, code: SignalErrorCode): Response {
  return Response.json(refusal(code), { status });
}
