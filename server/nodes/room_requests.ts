import { MAX_EVENT_BYTES } from "@/protocol";
import { readBody } from "../base/body.ts";
import { refuser } from "../base/refuser.ts";
import type { Connection } from "../base/security.ts";
import type { NodeId } from "./bridge_frame.ts";
import {
  busAnswer,
  busMessage,
  type HelloBody,
  MAX_PATH_CHARS,
  readResponseHead,
} from "./bus_messages.ts";
import type { Line, Lines, LineUser } from "./lines.ts";

/** The app's own way in. */
export type AppFetch = (request: Request, connection: Connection) => Response | Promise<Response>;

/** Whoever has the room answers at once; see `pages_elsewhere.ts`. */
const ASK_MS = 500;

/** A head that has not come by then does not come: the home has hung up, or hangs. */
const HEAD_MS = 10_000;

/** Bytes on their way to a reader; past it the home reads no further, so that results are lost there. */
const WINDOW_BYTES = 128 * 1024;
const LOOK_MS = 20;

/** What of a request matters to the routes of a room. */
const REQUEST_HEADERS = ["accept", "authorization", "content-type", "cookie"];
const RESPONSE_HEADERS = [
  "cache-control",
  "content-type",
  "retry-after",
  "www-authenticate",
  "x-accel-buffering",
];

/**
 * Has the room's home answer a request.
 * @returns `null`: nobody has the room.
 */
export async function askHome(
  request: Request,
  { self, lines, subject, address }: {
    readonly self: NodeId;
    readonly lines: Lines;
    readonly subject: string;
    readonly address: string;
  },
): Promise<Response | null> {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD" && method !== "POST") return null;
  const { pathname, search } = new URL(request.url);
  const path = pathname + search;
  if (path.length > MAX_PATH_CHARS) return refuse("too-long");
  // Read before it is asked for: who sends it slowly keeps no line.
  const body = method === "POST" ? await readBody(request, MAX_EVENT_BYTES) : null;
  if (typeof body === "string") {
    return body === "no-room" ? refuse("unavailable", RETRY_MS) : refuse(body);
  }
  const headers = picked(request.headers, REQUEST_HEADERS);
  const head: HelloBody = {
    kind: "request",
    address,
    method,
    path,
    headers,
    hasBody: body !== null,
  };
  const answer = new HomeAnswer();
  const asked = await lines.ask(subject, {
    hello: (link) => busMessage({ node: self, link, body: head }),
    timeoutMs: ASK_MS,
    user: answer,
    opened: (line) => {
      answer.line = line;
      if (body !== null) line.send(body.length === 0 ? EMPTY : body);
    },
  });
  if (asked === "led") return await answer.response();
  return asked === "nobody" ? null : refuse("unavailable", RETRY_MS);
}

const RETRY_MS = 1_000;

const refuse = refuser({
  "broken": [400, "The body did not come whole"],
  "too-slow": [408, "The body came too slowly"],
  "too-large": [413, "The body is larger than it may be"],
  "too-long": [414, "The address is longer than it may be"],
  "unavailable": [503, "The room's node does not answer"],
});

/** A record has at least one byte; a body of none is refused as JSON all the same. */
const EMPTY = new Uint8Array([0x20]);

/** The answer as it comes. */
class HomeAnswer implements LineUser {
  line: Line | null = null;
  readonly #head = Promise.withResolvers<Response>();
  #hasHead = false;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #isOpen = true;
  readonly #body = new ReadableStream<Uint8Array>({
    start: (controller) => void (this.#controller = controller),
    cancel: () => {
      this.#isOpen = false;
      this.line?.close();
    },
  }, { highWaterMark: WINDOW_BYTES, size: (chunk) => chunk?.byteLength ?? 0 });

  async response(): Promise<Response> {
    const late = setTimeout(() => {
      this.line?.close();
      this.over();
    }, HEAD_MS);
    try {
      return await this.#head.promise;
    } finally {
      clearTimeout(late);
    }
  }

  record(record: Uint8Array): void {
    if (this.#hasHead) {
      if (this.#isOpen) this.#controller.enqueue(record);
      return;
    }
    const head = readResponseHead(record);
    if (head === null) return;
    this.#hasHead = true;
    const isBare = head.status === 204 || head.status === 304;
    const headers = picked(new Headers(head.headers), RESPONSE_HEADERS);
    this.#head.resolve(new Response(isBare ? null : this.#body, { status: head.status, headers }));
  }

  over(): void {
    if (!this.#hasHead) {
      this.#hasHead = true;
      this.#head.resolve(refuse("unavailable", RETRY_MS));
    }
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#controller.close();
  }

  keptBytes(): number {
    if (!this.#isOpen) return 0;
    return Math.max(0, WINDOW_BYTES - (this.#controller.desiredSize ?? 0));
  }
}

/** Answers a request that came over another node. */
export function answerForRoom(
  fetch: AppFetch,
  { address, method, path, headers, hasBody }: Extract<HelloBody, { kind: "request" }>,
  accept: (user: LineUser) => Line | null,
): void {
  const gone = new AbortController();
  const body = Promise.withResolvers<Uint8Array | null>();
  if (!hasBody) body.resolve(null);
  const line = accept({
    record: (record) => body.resolve(record),
    over: () => {
      body.resolve(null);
      gone.abort();
    },
    keptBytes: () => 0,
  });
  if (line === null) return;
  void (async () => {
    const content = await body.promise;
    if (gone.signal.aborted) return;
    const request = new Request(`https://127.0.0.1${path}`, {
      method,
      headers: picked(new Headers(headers), REQUEST_HEADERS),
      ...(content === null ? {} : { body: content.slice() }),
    });
    // As from a proxy: never taken for somebody at this computer.
    const response = await fetch(request, { address, proxy: { isSecure: true } });
    line.send(busAnswer({
      status: response.status,
      headers: picked(response.headers, RESPONSE_HEADERS),
    }));
    await pour(response.body, line, gone.signal);
    line.close();
  })().catch(() => line.close());
}

async function pour(
  body: ReadableStream<Uint8Array> | null,
  line: Line,
  gone: AbortSignal,
): Promise<void> {
  if (body === null) return;
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  if (gone.aborted) return cancel();
  gone.addEventListener("abort", cancel, { once: true });
  for (;;) {
    const { done, value } = await reader.read();
    if (done || gone.aborted) break;
    if (value.length > 0) line.send(value);
    while (line.waitingBytes > WINDOW_BYTES && !gone.aborted) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }
  gone.removeEventListener("abort", cancel);
}

function picked(headers: Headers, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    names.flatMap((name): [string, string][] => {
      const value = headers.get(name);
      return value === null ? [] : [[name, value]];
    }),
  );
}
