import {
  EMPTY_RECORD,
  encodeRecord,
  type Instance,
  MAX_RELAY_FRAME_BYTES,
  randomSecret,
  RecordReader,
  SECRET_CHARS,
} from "@/protocol";
import type { SignalHub } from "../signaling/hub.ts";
import { AnswerStream } from "../signaling/answer_stream.ts";
import { SESSION_HEADER } from "../signaling/sse.ts";
import { type BodyFault, readBody } from "../streams/body.ts";
import type { RelayDesk } from "./desk.ts";
import { MAX_WIRE_BACKLOG_BYTES } from "./limits.ts";
import { RelayEnd } from "./relay_end.ts";

/** Proxies end a response that is silent for a minute, some after 15 s. */
const HEARTBEAT_MS = 5_000;

/** Of one POST: a frame and what gathered beside it. */
const MAX_BODY_BYTES = MAX_RELAY_FRAME_BYTES + 128 * 1024;

const HEADERS = {
  "Content-Type": "application/octet-stream",
  // Nothing on the way may hold it back to compress it.
  "Cache-Control": "no-store, no-transform",
  "X-Accel-Buffering": "no",
};

const FAULTS: Readonly<Record<BodyFault, number>> = {
  "too-large": 413,
  "too-slow": 408,
  broken: 400,
};

/**
 * The second carrier of a relay's wires, for networks and browsers that refuse WebSocket: one answer
 * that streams what the server says, and POSTs for what the page does. Both are made of records, see
 * `relay_records.ts`. Origin and Host are the caller's to check.
 */
export class RelayStreams {
  readonly #hub: SignalHub;
  readonly #desk: RelayDesk;
  readonly #ends = new Map<string, RelayEnd>();
  /** Those with a POST under way: one at a time, so that nobody fills the memory with bodies. */
  readonly #busy = new Set<RelayEnd>();

  constructor(hub: SignalHub, desk: RelayDesk) {
    this.#hub = hub;
    this.#desk = desk;
  }

  /** `POST /api/relay/stream`: the body is the ticket. */
  async stream(request: Request, address: string): Promise<Response> {
    if (!this.#hub.accepts(address)) return refuse(429, "too-many-sockets");
    // Counted before its body is awaited: a slow body holds a connection too.
    const uncount = this.#hub.countWire(address);
    const body = await readBody(request, SECRET_CHARS);
    if (typeof body === "string") {
      uncount();
      return refuse(FAULTS[body], body);
    }
    return new Response(this.#open(new TextDecoder().decode(body), uncount), { headers: HEADERS });
  }

  /** `POST /api/relay/send`: records for the wire that the session header names. */
  async send(request: Request): Promise<Response> {
    const end = this.#ends.get(request.headers.get(SESSION_HEADER) ?? "");
    if (end === undefined || end.isOver) return refuse(410, "ended");
    if (this.#busy.has(end)) return refuse(429, "too-fast");
    this.#busy.add(end);
    const body = await readBody(request, MAX_BODY_BYTES);
    this.#busy.delete(end);
    if (typeof body === "string") {
      if (body === "too-large") end.refuse("too-large");
      return refuse(FAULTS[body], body);
    }
    try {
      const reader = new RecordReader((message) => end.receive(message));
      reader.push(body);
      if (reader.isWithin) throw new RangeError("Cannot read record: it is not whole");
    } catch {
      end.refuse("bad-message");
      return refuse(400, "bad-message");
    }
    return new Response(null, { status: 204 });
  }

  #open(ticket: string, uncount: () => void): ReadableStream<Uint8Array> {
    const session = randomSecret() as Instance;
    const stream = new AnswerStream({
      maxBytes: MAX_WIRE_BACKLOG_BYTES,
      heartbeat: { chunk: EMPTY_RECORD, everyMs: HEARTBEAT_MS },
      // Cancelled when the page, or its network, went away.
      onGone: () => {
        this.#ends.delete(session);
        end.lost();
      },
      onFree: uncount,
    });
    const end: RelayEnd = new RelayEnd(this.#desk, {
      session,
      send: (message) => stream.write(encodeRecord(message)),
      close: (reason) => {
        this.#ends.delete(session);
        // Of a page that does not read, nothing is kept.
        const isForced = reason === "backlog" || reason === "timeout";
        if (stream.queuedBytes > 0 && isForced) stream.end({ isForced });
        stream.write(encodeRecord(JSON.stringify({ type: "closed", reason })));
        stream.end();
        end.ended();
      },
      bufferedBytes: () => stream.queuedBytes,
    });
    this.#ends.set(session, end);
    end.open(ticket);
    return stream.readable;
  }
}

function refuse(status: number, code: string): Response {
  return Response.json({ code, message: `Not taken: ${code}` }, { status });
}
