/** A source of one file that misbehaves as it is told. */
export interface FileServer extends AsyncDisposable {
  readonly origin: string;
  readonly url: string;
  /** How often something was asked for. */
  requests: number;
  /** Told of each request, the first is 1. */
  onRequest(count: number): void;
  content: Uint8Array<ArrayBuffer>;
  /** Before this many bytes of an answer it closes the connection. */
  breakAfter: number | null;
  /** After this many bytes of an answer it sends no more. */
  stallAfter: number | null;
  status: number | null;
  /** Other paths answer with these addresses. */
  redirects: Record<string, string>;
}

/** Serves `/model.onnx` on a free port of this machine. */
export function serveFile(content: Uint8Array<ArrayBuffer>): FileServer {
  const stop = new AbortController();
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const origin = `http://127.0.0.1:${listener.addr.port}`;
  const open = new Set<Deno.Conn>();
  const server: FileServer = {
    origin,
    url: `${origin}/model.onnx`,
    requests: 0,
    onRequest: () => {},
    content,
    breakAfter: null,
    stallAfter: null,
    status: null,
    redirects: {},
    async [Symbol.asyncDispose]() {
      stop.abort();
      listener.close();
      for (const connection of open) close(connection);
      await running;
    },
  };
  const running = serve();

  async function serve(): Promise<void> {
    const all: Promise<void>[] = [];
    while (!stop.signal.aborted) {
      const connection = await listener.accept().catch(() => null);
      if (connection === null) break;
      open.add(connection);
      all.push(
        answer(connection).catch(() => {}).finally(() => {
          open.delete(connection);
          close(connection);
        }),
      );
    }
    await Promise.all(all);
  }

  // By hand: an HTTP library would not break off in the middle of an answer.
  async function answer(connection: Deno.Conn): Promise<void> {
    const text = await readHead(connection);
    const path = /^GET (\S+)/.exec(text)?.[1] ?? "";
    server.onRequest(++server.requests);
    const target = server.redirects[path];
    if (target !== undefined) return await send(connection, [302, [`Location: ${target}`]]);
    if (server.status !== null) return await send(connection, [server.status, []]);
    await send(connection, [200, []], server.content);
  }

  async function send(
    connection: Deno.Conn,
    [status, headers]: [number, string[]],
    body: Uint8Array = new Uint8Array(0),
  ): Promise<void> {
    const lines = [`HTTP/1.1 ${status} X`, ...headers, `Content-Length: ${body.length}`];
    await write(
      connection,
      new TextEncoder().encode(`${lines.join("\r\n")}\r\nConnection: close\r\n\r\n`),
    );
    const limit = server.breakAfter ?? server.stallAfter ?? body.length;
    await write(connection, body.subarray(0, limit));
    if (server.stallAfter !== null && body.length > limit) {
      await new Promise<void>((resolve) => stop.signal.addEventListener("abort", () => resolve()));
    }
  }

  return server;
}

async function readHead(connection: Deno.Conn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(4096);
  while (!text.includes("\r\n\r\n")) {
    const read = await connection.read(buffer);
    if (read === null) break;
    text += new TextDecoder().decode(buffer.subarray(0, read));
  }
  return text;
}

async function write(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed already.
  }
}
