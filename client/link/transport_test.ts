import assert from "node:assert/strict";
import {
  encodeRecord,
  LINK_HEADER,
  LINK_PATHS,
  LINK_TOPIC,
  type LinkRecord,
  MAX_RECORD_BYTES,
  RecordReader,
} from "@/protocol";
import { openTransport } from "./open_transport.ts";
import type { TransportKind } from "./transport.ts";

/** Both transports against a server of a few lines that speaks the same protocol. */
const FIRST = encodeRecord(LINK_TOPIC, "first");

interface TestServer extends AsyncDisposable {
  readonly origin: string;
  readonly received: LinkRecord[];
  /** Bytes of each POST. */
  readonly posts: number[];
  /** So many POSTs are answered that there is no room. */
  fullFor: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  end(): void;
}

function serve(refusal?: Response): TestServer {
  const received: LinkRecord[] = [];
  const posts: number[] = [];
  let send: TestServer["send"] = () => {};
  let end: () => void = () => {};
  const take = (bytes: Uint8Array) =>
    new RecordReader(MAX_RECORD_BYTES, (record) => received.push(record)).push(bytes);
  const server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (refusal !== undefined) return refusal;
    if (pathname === LINK_PATHS.socket) {
      const { socket, response } = Deno.upgradeWebSocket(request);
      socket.binaryType = "arraybuffer";
      send = (bytes) => socket.send(bytes);
      end = () => socket.close();
      socket.onmessage = (event) => take(new Uint8Array(event.data));
      return response;
    }
    const body = await request.bytes();
    if (pathname === LINK_PATHS.send && made.fullFor > 0) {
      made.fullFor -= 1;
      return new Response(null, { status: 503 });
    }
    take(body);
    if (pathname === LINK_PATHS.send) {
      assert.equal(request.headers.get(LINK_HEADER), "link-1");
      posts.push(body.length);
      return new Response(null, { status: 204 });
    }
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        send = (bytes) => controller.enqueue(bytes);
        end = () => controller.close();
        controller.enqueue(encodeRecord(LINK_TOPIC, "").subarray(0, 0));
      },
    });
    return new Response(stream, { headers: { [LINK_HEADER]: "link-1" } });
  });
  const made: TestServer = {
    origin: `http://127.0.0.1:${server.addr.port}`,
    received,
    posts,
    fullFor: 0,
    send: (bytes) => send(bytes),
    end: () => end(),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
  return made;
}

function open(kind: TransportKind, origin: string) {
  const records: LinkRecord[] = [];
  let closes = 0;
  const transport = openTransport(kind, {
    origin,
    first: FIRST,
    events: { onRecord: (record) => records.push(record), onClose: () => closes++ },
  });
  const until = async (done: () => boolean) => {
    const endMs = Date.now() + 5_000;
    while (!done()) {
      assert(Date.now() < endMs, "timed out");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { transport, records, until, closes: () => closes };
}

const bytes = (length: number) => new Uint8Array(length).fill(7);

for (const kind of ["websocket", "stream"] as const) {
  Deno.test(`${kind}: says who it is first, and carries records both ways, in order`, async () => {
    await using server = serve();
    const { transport, records, until, closes } = open(kind, server.origin);
    await until(() => server.received.length === 1);
    assert.deepEqual(server.received, [{ topic: LINK_TOPIC, data: "first" }]);
    for (let topic = 1; topic <= 50; topic++) {
      transport.send(encodeRecord(topic, topic % 2 === 0 ? `text ${topic}` : bytes(topic)));
    }
    await until(() => server.received.length === 51);
    assert.deepEqual(server.received.map(({ topic }) => topic), [...Array(51).keys()]);
    assert.deepEqual(server.received[7]!.data, bytes(7));
    await until(() => transport.bufferedBytes === 0);
    server.send(encodeRecord(3, "down"));
    await until(() => records.length === 1);
    // A long one comes in pieces where there are no messages.
    const long = encodeRecord(4, bytes(600_000));
    if (kind === "websocket") server.send(long);
    else {for (let at = 0; at < long.length; at += 100_000) {
        server.send(long.slice(at, at + 100_000));
      }}
    await until(() => records.length === 2);
    assert.deepEqual(records, [{ topic: 3, data: "down" }, { topic: 4, data: bytes(600_000) }]);
    transport.send(encodeRecord(LINK_TOPIC, "leave"));
    transport.close();
    await until(() => server.received.at(-1)!.data === "leave");
    assert.equal(closes(), 0);
  });

  Deno.test(`${kind}: tells once when the server ends it`, async () => {
    await using server = serve();
    const { until, closes } = open(kind, server.origin);
    await until(() => server.received.length === 1);
    server.end();
    await until(() => closes() === 1);
  });

  Deno.test(`${kind}: tells when there is no server`, async () => {
    const { until, closes } = open(kind, "http://127.0.0.1:9");
    await until(() => closes() === 1);
  });
}

Deno.test("stream: what gathers goes in few POSTs of a bounded size, a long record alone", async () => {
  await using server = serve();
  const { transport, until } = open("stream", server.origin);
  for (let count = 0; count < 6; count++) transport.send(encodeRecord(1, bytes(100_000)));
  transport.send(encodeRecord(1, bytes(500_000)));
  assert.ok(transport.bufferedBytes > 1_000_000);
  await until(() => transport.bufferedBytes === 0);
  assert.equal(server.received.length, 8);
  assert.ok(server.posts.length <= 5, server.posts.join());
  assert.ok(server.posts.every((length) => length <= 256 * 1024 || length === 500_008));
  transport.close();
});

Deno.test("stream: what a server has no room for is said again, and ends it only after a while", async () => {
  await using server = serve();
  const { transport, until, closes } = open("stream", server.origin);
  await until(() => server.received.length === 1);
  server.fullFor = 2;
  transport.send(encodeRecord(1, "one"));
  transport.send(encodeRecord(2, "two"));
  await until(() => server.received.length === 3);
  assert.deepEqual(server.received.slice(1).map(({ data }) => data), ["one", "two"]);
  server.fullFor = Infinity;
  transport.send(encodeRecord(3, "three"));
  await until(() => closes() === 1);
});

Deno.test("stream: passes on what the server says instead of a stream", async () => {
  const refusal = { type: "error", code: "too-many-sockets", message: "no", fatal: true };
  await using server = serve(Response.json(refusal, { status: 429 }));
  const { until, records, closes } = open("stream", server.origin);
  await until(() => closes() === 1);
  assert.deepEqual(records, [{ topic: LINK_TOPIC, data: JSON.stringify(refusal) }]);
});
