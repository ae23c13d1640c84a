import assert from "node:assert/strict";
import type { FromServerMessage, Join, PeerInfo } from "@/protocol";
import type { CarrierKind } from "./carrier_choice.ts";
import { openCarrier } from "./open_carrier.ts";

/** Both carriers against a server of a few lines that speaks the same protocol. */
const SELF = {
  id: "P".repeat(22),
  role: "phone",
  instance: "I".repeat(22),
} as PeerInfo;
const JOINED: FromServerMessage = {
  type: "joined",
  version: 1,
  self: SELF,
  peers: [],
  iceServers: [],
};
const JOIN = { type: "join", version: 1 } as Join;

interface TestServer extends AsyncDisposable {
  readonly origin: string;
  readonly received: Array<{ type: string; nonce?: number }>;
  send(text: string): void;
  end(): void;
}

function serve(refusal?: FromServerMessage): TestServer {
  const received: TestServer["received"] = [];
  let push: (text: string) => void = () => {};
  let end: () => void = () => {};
  const take = (message: { type: string }) => {
    received.push(message);
    if (message.type === "join") push(JSON.stringify(refusal ?? JOINED));
  };
  const server = Deno.serve({ port: 0, onListen: () => {} }, async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/api/signal") {
      const { socket, response } = Deno.upgradeWebSocket(request);
      push = (text) => socket.send(text);
      end = () => socket.close();
      socket.onmessage = (event) => take(JSON.parse(event.data));
      return response;
    }
    if (pathname === "/api/signal/send") {
      assert.equal(request.headers.get("X-Peerlens-Session"), "session-1");
      for (const message of [await request.json()].flat()) take(message);
      return new Response(null, { status: 204 });
    }
    const join = await request.json();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        const encoder = new TextEncoder();
        push = (text) => controller.enqueue(encoder.encode(`data: ${text}\n\n`));
        end = () => controller.close();
        controller.enqueue(encoder.encode("event: session\ndata: session-1\n\n: beat\n\n"));
        take(join);
      },
    });
    return new Response(body, { headers: { "Content-Type": "text/event-stream" } });
  });
  return {
    origin: `http://127.0.0.1:${server.addr.port}`,
    received,
    send: (text) => push(text),
    end: () => end(),
    async [Symbol.asyncDispose]() {
      await server.shutdown();
    },
  };
}

function open(kind: CarrierKind, origin: string) {
  const messages: FromServerMessage[] = [];
  const waiting: Array<() => void> = [];
  const told = () => waiting.splice(0).forEach((resolve) => resolve());
  let closes = 0;
  const carrier = openCarrier(kind, {
    origin,
    join: JOIN,
    log: () => {},
    events: {
      onMessage: (message) => {
        messages.push(message);
        told();
      },
      onClose: () => {
        closes++;
        told();
      },
    },
  });
  const until = async (done: () => boolean) => {
    const endMs = Date.now() + 5_000;
    while (!done()) {
      assert(Date.now() < endMs, "timed out");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  return { carrier, messages, until, closes: () => closes };
}

for (const kind of ["websocket", "sse"] as const) {
  Deno.test(`${kind} carrier joins first and then carries messages both ways, in order`, async () => {
    await using server = serve();
    const { carrier, messages, until, closes } = open(kind, server.origin);
    await until(() => messages.length === 1);
    assert.deepEqual(messages[0], JOINED);
    for (let nonce = 0; nonce < 50; nonce++) carrier.send({ type: "ping", nonce });
    await until(() => server.received.length === 51);
    assert.equal(server.received[0]!.type, "join");
    assert.deepEqual(server.received.slice(1).map(({ nonce }) => nonce), [...Array(50).keys()]);
    server.send("{}");
    server.send(JSON.stringify({ type: "pong", nonce: 7 }));
    await until(() => messages.length === 2);
    assert.deepEqual(messages[1], { type: "pong", nonce: 7 });
    carrier.send({ type: "leave" });
    carrier.close();
    await until(() => server.received.at(-1)!.type === "leave");
    assert.equal(closes(), 0);
  });

  Deno.test(`${kind} carrier tells once when the server ends it`, async () => {
    await using server = serve();
    const { messages, until, closes } = open(kind, server.origin);
    await until(() => messages.length === 1);
    server.end();
    await until(() => closes() === 1);
  });

  Deno.test(`${kind} carrier passes a refusal on`, async () => {
    const refusal = { type: "error", code: "bad-token", message: "no", fatal: true } as const;
    await using server = serve(refusal);
    const { messages, until, carrier } = open(kind, server.origin);
    await until(() => messages.length === 1);
    assert.deepEqual(messages[0], refusal);
    carrier.close();
  });

  Deno.test(`${kind} carrier tells when there is no server`, async () => {
    const { until, closes } = open(kind, "http://127.0.0.1:9");
    await until(() => closes() === 1);
  });
}
