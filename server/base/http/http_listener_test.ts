import assert from "node:assert/strict";
import process from "node:process";

import { noCuts } from "./conn_stream.ts";
import { HttpListener, type HttpListenerOptions } from "./http_listener.ts";
import { Places } from "./places.ts";
import { clientFrame } from "./testing/client_frame.ts";

type Handle = HttpListenerOptions["handle"];

class Running implements AsyncDisposable {
  readonly connections = new Places({ total: 6, perAddress: 6, localOnly: 0 });
  readonly halfRead = new Places({ total: 100_000, perAddress: 100_000, localOnly: 0 });
  readonly cuts = noCuts();
  readonly listener: HttpListener;

  constructor(handle: Handle) {
    this.listener = new HttpListener({
      hostname: "127.0.0.1",
      port: 0,
      tls: null,
      connections: this.connections,
      halfRead: this.halfRead,
      cuts: this.cuts,
      holderOf: (address) => address,
      handle,
      onLost: (error) => assert.fail(String(error)),
    });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.listener.port}`;
  }

  /** A connection that says what it is told to. */
  async connect(text = ""): Promise<Deno.TcpConn> {
    const conn = await Deno.connect({ hostname: "127.0.0.1", port: this.listener.port });
    await conn.write(new TextEncoder().encode(text));
    return conn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.listener.shutdown();
  }
}

/** All that comes until the other side ends it. */
async function readAll(conn: Deno.TcpConn): Promise<string> {
  let text = "";
  const decoder = new TextDecoder("latin1");
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const bytes = await conn.read(buffer).catch(() => null);
    if (bytes === null) return text;
    text += decoder.decode(buffer.subarray(0, bytes));
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries++) {
    assert.ok(tries < 500);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

Deno.test("HttpListener answers as Fetch has it: bodies, lengths, streams, several cookies", async () => {
  await using running = new Running(async (request, { address }) => {
    const { pathname, host } = new URL(request.url);
    if (pathname === "/echo") return new Response(await request.arrayBuffer());
    const headers = new Headers([["set-cookie", "a=1"], ["set-cookie", "b=2"], [
      "x-from",
      address,
    ]]);
    return new Response(pathname === "/none" ? null : `${request.method} ${host}`, { headers });
  });
  const plain = await fetch(`${running.origin}/x`);
  assert.equal(await plain.text(), `GET 127.0.0.1:${running.listener.port}`);
  assert.equal(plain.headers.get("content-length"), "19");
  assert.deepEqual(plain.headers.getSetCookie(), ["a=1", "b=2"]);
  assert.equal(plain.headers.get("x-from"), "127.0.0.1");
  const sent = new Uint8Array(90_000).fill(7);
  const echoed = await fetch(`${running.origin}/echo`, { method: "POST", body: sent });
  assert.deepEqual(new Uint8Array(await echoed.arrayBuffer()), sent);
  const head = await fetch(`${running.origin}/x`, { method: "HEAD" });
  assert.equal(await head.text(), "");
  assert.equal((await (await fetch(`${running.origin}/none`)).bytes()).length, 0);
});

Deno.test("HttpListener passes on the start of a stream at once, and tells it when its reader leaves", async () => {
  let isCancelled = false;
  await using running = new Running(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
        cancel: () => void (isCancelled = true),
      }),
    )
  );
  const answer = await fetch(running.origin);
  const reader = answer.body!.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "first");
  await reader.cancel();
  await until(() => isCancelled);
});

Deno.test("HttpListener gives what is no request of ours a refusal, and goes on", async () => {
  await using running = new Running(({ url }) => new Response(url));
  const requests = [
    ["GET http://evil.example/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", / 400 /],
    ["GET / HTTP/1.1\r\n\r\n", / 400 /],
    ["GET / HTTP/1.0\r\n\r\n", /http:\/\/unknown\.invalid\//],
    ["GET / HTTP/1.1\r\nHost: a:99999\r\nConnection: close\r\n\r\n", /unknown\.invalid/],
    ["GET / HTTP/1.1\r\nHost: u@h\r\nConnection: close\r\n\r\n", /unknown\.invalid|u@h/],
    // The beginning of HTTP/2, which would bring any number of requests at once.
    ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", /^$|400/],
  ] as const;
  for (const [request, expected] of requests) {
    using conn = await running.connect(request);
    assert.match(await readAll(conn), expected, request);
  }
});

Deno.test("HttpListener keeps a connection for the next request", async () => {
  await using running = new Running(({ url }) => new Response(new URL(url).pathname));
  using conn = await running.connect();
  const buffer = new Uint8Array(1_000);
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => void warnings.push(message);
  process.on("warning", onWarning);
  for (const path of Array.from({ length: 15 }, (_, index) => `/${index}.`)) {
    await conn.write(new TextEncoder().encode(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`));
    let answer = "";
    while (!answer.endsWith(path)) {
      const bytes = await conn.read(buffer);
      assert.ok(bytes !== null, answer);
      answer += new TextDecoder().decode(buffer.subarray(0, bytes));
    }
    // Time for the other side to end it, if it wanted to.
    await (await fetch(running.origin)).body?.cancel();
  }
  process.off("warning", onWarning);
  assert.deepEqual(warnings, [], "no answer leaves anything on its connection");
});

Deno.test("HttpListener reads no body that nobody wants, and its answer still arrives", async () => {
  await using running = new Running(() => new Response("no", { status: 403 }));
  using conn = await running.connect(
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n",
  );
  await conn.write(new Uint8Array(300_000));
  const answer = await readAll(conn);
  assert.match(answer, / 403 [^]*[Cc]onnection: close[^]*no/);
});

Deno.test("HttpListener closes connections over the limit, and takes others when there is a place", async () => {
  await using running = new Running(() => new Response("here"));
  const held = [];
  for (let n = 0; n < 6; n++) held.push(await running.connect("GET "));
  await until(() => running.connections.total === 6);
  using over = await running.connect();
  assert.equal(await readAll(over), "");
  assert.equal(running.connections.refused["too-many"], 1);
  for (const conn of held) conn.close();
  await until(() => running.connections.total === 0);
  assert.equal(await (await fetch(running.origin)).text(), "here");
  assert.ok(running.listener.isAccepting);
});

const HANDSHAKE = "GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

Deno.test("HttpListener bounds messages while they grow, and all that is half read together", async () => {
  const faults: string[] = [];
  let closed = 0;
  let dropped = 0;
  await using running = new Running((_request, { upgrade }) => {
    const upgraded = upgrade!({
      maxBytes: () => 80_000,
      message: (bytes) => upgraded!.socket.send(bytes),
      dropped: () => void (dropped += 1),
      fault(fault) {
        faults.push(fault);
        upgraded!.socket.close(1009, fault);
      },
      closed: () => void (closed += 1),
    });
    return upgraded!.response;
  });
  const open = () => running.connect(HANDSHAKE);
  using first = await open();
  await first.write(clientFrame(2, new Uint8Array(70_000)));
  await until(() => running.halfRead.total >= 70_000);
  using second = await open();
  await second.write(clientFrame(2, new Uint8Array(70_000)));
  await until(() => dropped === 1);
  await second.write(clientFrame(0x80, new Uint8Array(1)));
  // The next is heard again, and the end.
  await second.write(clientFrame(0x82, new TextEncoder().encode("small")));
  await second.write(clientFrame(0x88, new Uint8Array(0)));
  assert.match(
    await readAll(second),
    /^HTTP\/1.1 101 [^]*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=[^]*small/,
  );
  await first.write(clientFrame(0, new Uint8Array(70_000)));
  assert.match(await readAll(first), /too-large$/);
  assert.deepEqual(faults, ["too-large"]);
  assert.equal(running.halfRead.total, 0);
  await until(() => closed === 2);
  await until(() => running.connections.total === 0);
});

Deno.test("HttpListener ends what is over a bound of connections, and counts why", async () => {
  await using running = new Running(() => new Response(new ReadableStream()));
  const get = "GET / HTTP/1.1\r\nHost: x\r\n";
  using _long = await running.connect(`${get}X: ${"x".repeat(20_000)}\r\n\r\n`);
  await until(() => running.cuts["too-large"] === 1);
  using _crowd = await running.connect(`${get}\r\n`.repeat(9));
  await until(() => running.cuts["too-many-requests"] === 1);
  // The client's own end is nothing to count.
  (await running.connect(get)).close();
  await until(() => running.connections.total === 0);
  assert.equal(Object.values(running.cuts).reduce((sum, count) => sum + count), 2);
});

Deno.test("HttpListener answers an upgrade that is refused as any other request", async () => {
  await using running = new Running((_request, { upgrade }) => {
    const events = { maxBytes: () => 1, message() {}, dropped() {}, fault() {}, closed() {} };
    return upgrade?.(events)?.response ?? new Response("no", { status: 426 });
  });
  for (const request of [HANDSHAKE.replace("13", "8"), HANDSHAKE.replace("websocket", "h2c")]) {
    using conn = await running.connect(request);
    assert.match(await readAll(conn), /^HTTP\/1.1 426 [^]*no$/);
  }
});

Deno.test("HttpListener gives up a connection with an upgrade behind an unanswered request", async () => {
  const held = Promise.withResolvers<Response>();
  await using running = new Running(() => held.promise);
  const get = "GET / HTTP/1.1\r\nHost: x\r\n";
  using _conn = await running.connect(
    `${get}\r\n${get}Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n`,
  );
  await until(() => running.connections.total === 1);
  await until(() => running.connections.total === 0);
  held.resolve(new Response("late"));
});

Deno.test("HttpListener answers no crowd of requests on one connection, and tells those that wait of its end", async () => {
  let asked = 0;
  let cancelled = 0;
  await using running = new Running(() => {
    asked += 1;
    return new Response(new ReadableStream({ cancel: () => void (cancelled += 1) }));
  });
  const get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  using _crowd = await running.connect(get.repeat(100));
  await until(() => asked > 0 && running.connections.total === 0);
  assert.ok(asked <= 4, `${asked}`);
  await until(() => cancelled === asked);
  const before = asked;
  const two = await running.connect(get.repeat(2));
  await until(() => asked === before + 2);
  two.close();
  await until(() => cancelled === asked);
});
