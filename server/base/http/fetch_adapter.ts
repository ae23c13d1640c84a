import type { IncomingMessage, ServerResponse } from "node:http";

/** For requests without a host of their own, which no check lets through. */
const NO_HOST = "unknown.invalid";

/** Bytes of a body that may wait for its reader. */
const BODY_BUFFER_BYTES = 64 * 1024;

/** A request of `node:http` as Hono takes it; `null`: nothing that could be answered. */
export function toRequest(
  incoming: IncomingMessage,
  { isSecure }: { isSecure: boolean },
): Request | null {
  const { method = "GET", url = "", rawHeaders } = incoming;
  if (!url.startsWith("/")) return null;
  try {
    const headers = new Headers();
    for (let at = 0; at < rawHeaders.length; at += 2) {
      headers.append(rawHeaders[at]!, rawHeaders[at + 1]!);
    }
    const origin = `${isSecure ? "https" : "http"}://`;
    const own = `${origin}${headers.get("host") ?? NO_HOST}`;
    const base = URL.canParse(own) && new URL(own).pathname === "/" ? own : `${origin}${NO_HOST}`;
    const hasBody = method !== "GET" && method !== "HEAD";
    return new Request(`${base}${url}`, {
      method,
      headers,
      ...(hasBody ? { body: bodyOf(incoming) } : {}),
    });
  } catch {
    // A method, header or path that Fetch does not know.
    return null;
  }
}

/** Reads on as fast as it is read, and not at all when nobody does. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  let isOver = false;
  const over = (end: () => void) => {
    if (isOver) return;
    isOver = true;
    end();
  };
  return new ReadableStream({
    start(controller) {
      incoming.pause();
      incoming.on("data", (chunk: Uint8Array) => {
        if (isOver) return;
        controller.enqueue(Uint8Array.from(chunk));
        if ((controller.desiredSize ?? 0) <= 0) incoming.pause();
      });
      incoming.on("end", () => over(() => controller.close()));
      const broken = () =>
        over(() => controller.error(new Error("Cannot read body: it broke off")));
      incoming.on("error", broken);
      incoming.on("close", broken);
    },
    pull: () => void incoming.resume(),
    cancel: () => {
      isOver = true;
      incoming.pause();
    },
  }, { highWaterMark: BODY_BUFFER_BYTES, size: (chunk) => chunk?.byteLength ?? 0 });
}

/**
 * Writes an answer of Hono's. Resolves when it is out, or its reader gone.
 * @throws {Error} If a header is none.
 */
export async function writeResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.appendHeader(name, value);
  const reader = response.body?.getReader();
  const { socket } = outgoing.req;
  const gone = Promise.withResolvers<"gone">();
  const isGone = gone.promise;
  const onClose = () => gone.resolve("gone");
  if (outgoing.destroyed) onClose();
  outgoing.once("close", onClose);
  // One that waits behind another answer is not told.
  socket.once("close", onClose);
  // Also while its reader takes nothing.
  reader?.closed.catch(() => outgoing.destroy());
  outgoing.on("error", () => {});
  try {
    if (reader === undefined || outgoing.req.method === "HEAD") {
      void reader?.cancel().catch(() => {});
      outgoing.end();
      return;
    }
    let held: Uint8Array | null = null;
    for (;;) {
      const next = reader.read();
      // A body of one piece goes out with its length; one that is not over yet must not wait.
      if (held !== null) {
        const isOver = await Promise.race([next.then(({ done }) => done), soon()]);
        if (isOver === true) return void outgoing.end(held);
        if (!outgoing.write(held)) await Promise.race([drained(outgoing), isGone]);
        held = null;
      }
      const part = await Promise.race([next, isGone]);
      if (part === "gone") return void reader.cancel().catch(() => {});
      if (part.done) return void outgoing.end();
      if (outgoing.headersSent) {
        if (!outgoing.write(part.value)) await Promise.race([drained(outgoing), isGone]);
      } else held = part.value;
    }
  } catch {
    // The body broke off: so must the answer, or it would be taken for whole.
    outgoing.destroy();
  } finally {
    // The connection lives on.
    socket.off("close", onClose);
  }
}

function soon(): Promise<null> {
  return new Promise((resolve) => setTimeout(() => resolve(null), 0));
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => outgoing.once("drain", () => resolve()));
}
