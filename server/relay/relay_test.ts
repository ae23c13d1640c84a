import assert from "node:assert/strict";
import { encodeRecord } from "@/protocol";
import { newRoom } from "../signaling/carrier_clients.ts";
import { type RunningApp, serveApp } from "../test_helpers.ts";
import { fakeFrame } from "./testing/fake_relay.ts";
import {
  openSocketWire,
  openStreamWire,
  type OpenWire,
  RelayPageClient,
} from "./testing/relay_clients.ts";

interface Scene {
  readonly app: RunningApp;
  readonly owner: RelayPageClient;
  readonly phone: RelayPageClient;
  /** The owner asks for the phone. */
  open(): Promise<void>;
}

async function withPages(run: (scene: Scene) => Promise<void>): Promise<void> {
  await using app = serveApp();
  const room = newRoom();
  await using owner = await RelayPageClient.join(app.origin, "owner", room);
  await using phone = await RelayPageClient.join(app.origin, "phone", room);
  const open = () =>
    owner.say({ kind: "open", phone: phone.self.id, phoneInstance: phone.self.instance });
  await run({ app, owner, phone, open });
}

const CARRIERS: Readonly<Record<string, OpenWire>> = {
  WebSocket: openSocketWire,
  "stream and POST": openStreamWire,
};

for (const [name, openWire] of Object.entries(CARRIERS)) {
  Deno.test(`relay over ${name}: frames down, acks and messages both ways, and the end`, () =>
    withPages(async ({ app, owner, phone, open }) => {
      await open();
      await using viewerWire = await openWire(app.origin, await owner.ticket());
      await using phoneWire = await openWire(app.origin, await phone.ticket());
      assert.deepEqual(await viewerWire.next(), { type: "opened" });
      assert.deepEqual(await phoneWire.next(), { type: "opened" });
      assert.deepEqual(await phoneWire.next(), { type: "viewers", viewers: [owner.self.id] });
      // The longest that is taken, which no network carries in one piece.
      const frame = fakeFrame(3, 512 * 1024);
      await phoneWire.send(frame);
      assert.deepEqual(await viewerWire.next(), frame);
      await viewerWire.send({ type: "ack", frame: 3 });
      assert.deepEqual(await phoneWire.next(), { type: "ack", frame: 3 });
      await viewerWire.send({ type: "message", channel: "control", text: "wish" });
      assert.deepEqual(await phoneWire.next(), {
        type: "message",
        from: owner.self.id,
        channel: "control",
        text: "wish",
      });
      await phoneWire.send({ type: "message", to: owner.self.id, channel: "timing", text: "12" });
      assert.deepEqual(await viewerWire.next(), { type: "message", channel: "timing", text: "12" });
      await owner.say({ kind: "close", phone: phone.self.id });
      for (const wire of [viewerWire, phoneWire]) assert.equal(await wire.next(), "closed ended");
      assert.deepEqual(await owner.next(), { kind: "ended", cause: "closed" });
      assert.deepEqual(await phone.next(), { kind: "ended", cause: "closed" });
    }));

  Deno.test(`relay over ${name}: what is wrong closes the wire, and says why`, () =>
    withPages(async ({ app, owner, phone, open }) => {
      {
        await using wire = await openWire(app.origin, "T".repeat(22));
        assert.equal(await wire.next(), "closed bad-ticket");
      }
      await open();
      const viewerTicket = await owner.ticket();
      await using viewerWire = await openWire(app.origin, viewerTicket);
      assert.deepEqual(await viewerWire.next(), { type: "opened" });
      {
        await using again = await openWire(app.origin, viewerTicket);
        assert.equal(await again.next(), "closed bad-ticket");
      }
      await viewerWire.send(fakeFrame(1));
      assert.equal(await viewerWire.next(), "closed bad-frame");
      await using phoneWire = await openWire(app.origin, await phone.ticket());
      assert.deepEqual(await phoneWire.next(), { type: "opened" });
      assert.equal((await phoneWire.next() as { type: string }).type, "viewers");
      await phoneWire.send({ type: "ack", frame: 0 });
      assert.equal(await phoneWire.next(), "closed bad-message");
      assert.equal(app.deps.relay!.counters.framesReceived, 0);
    }));
}

Deno.test("relay: a phone that refuses ends it, and the viewer is told", () =>
  withPages(async ({ app, owner, phone, open }) => {
    await open();
    await using viewerWire = await openSocketWire(app.origin, await owner.ticket());
    assert.deepEqual(await viewerWire.next(), { type: "opened" });
    await phone.ticket();
    await phone.say({ kind: "refuse" });
    assert.deepEqual(await owner.next(), { kind: "ended", cause: "refused" });
    assert.equal(await viewerWire.next(), "closed ended");
  }));

Deno.test("relay: roles are held to, and an absent phone is said to be gone", () =>
  withPages(async ({ owner, phone }) => {
    await owner.say({ kind: "open", phone: owner.self.id, phoneInstance: owner.self.instance });
    assert.deepEqual(await owner.next(), { kind: "ended", cause: "gone" });
    await phone.say({ kind: "close", phone: phone.self.id });
    await assert.rejects(phone.next(), /not-allowed/);
    await owner.say({ kind: "refuse" });
    await assert.rejects(owner.next(), /not-allowed/);
  }));

Deno.test("relay: when the phone leaves, its viewer's wire ends at once", () =>
  withPages(async ({ app, owner, phone, open }) => {
    await open();
    await using viewerWire = await openSocketWire(app.origin, await owner.ticket());
    assert.deepEqual(await viewerWire.next(), { type: "opened" });
    await phone.client.sendText(JSON.stringify({ type: "leave" }));
    assert.equal(await viewerWire.next(), "closed ended");
    assert.deepEqual(await owner.next(), { kind: "ended", cause: "gone" });
    assert.deepEqual(app.deps.relay!.counts(), { phones: 0, viewers: 0 });
  }));

Deno.test("relay: other sites, other sessions and bodies that are none are refused", () =>
  withPages(async ({ app, owner, open }) => {
    const post = (path: string, body: BodyInit, headers: Record<string, string> = {}) =>
      fetch(`${app.origin}${path}`, {
        method: "POST",
        body,
        headers: { Origin: app.origin, ...headers },
      });
    const foreign = { Origin: "https://elsewhere.example" };
    for (const path of ["/api/relay/stream", "/api/relay/send"]) {
      const answer = await post(path, "x", foreign);
      assert.equal(answer.status, 403);
      await answer.body?.cancel();
    }
    const socket = await fetch(`${app.origin}/api/relay`, { headers: foreign });
    assert.equal(socket.status, 403);
    await socket.body?.cancel();
    const unknown = await post("/api/relay/send", encodeRecord("x"), {
      "X-Peerlens-Session": "S".repeat(22),
    });
    assert.deepEqual([unknown.status, (await unknown.json()).code], [410, "ended"]);
    const long = await post("/api/relay/stream", "x".repeat(100));
    assert.deepEqual([long.status, (await long.json()).code], [413, "too-large"]);
    await open();
    const ticket = await owner.ticket();
    const stream = await post("/api/relay/stream", ticket);
    const reader = stream.body!.getReader();
    const { value } = await reader.read();
    const { session } = JSON.parse(new TextDecoder().decode(value!.subarray(5)));
    const half = await post("/api/relay/send", new Uint8Array([1, 9, 0, 0, 0, 65]), {
      "X-Peerlens-Session": session,
    });
    assert.deepEqual([half.status, (await half.json()).code], [400, "bad-message"]);
    await reader.cancel();
  }));

Deno.test("relay: one POST of a wire at a time, so that nobody fills the memory with bodies", () =>
  withPages(async ({ app, owner, open }) => {
    await open();
    const headers = { Origin: app.origin };
    const stream = await fetch(`${app.origin}/api/relay/stream`, {
      method: "POST",
      body: await owner.ticket(),
      headers,
    });
    const reader = stream.body!.getReader();
    const { session } = JSON.parse(new TextDecoder().decode((await reader.read()).value!.slice(5)));
    const post = (body: BodyInit) =>
      fetch(`${app.origin}/api/relay/send`, {
        method: "POST",
        body,
        headers: { ...headers, "X-Peerlens-Session": session },
      });
    const body = new TransformStream<Uint8Array, Uint8Array>();
    const writer = body.writable.getWriter();
    const slow = post(body.readable);
    await writer.write(encodeRecord(JSON.stringify({ type: "ping", nonce: 1 })));
    // The first is being read as soon as the server refuses another.
    let status = 204;
    while (status === 204) {
      const answer = await post(encodeRecord(JSON.stringify({ type: "ping", nonce: 2 })));
      status = answer.status;
      await answer.body?.cancel();
    }
    assert.equal(status, 429);
    await writer.close();
    assert.equal((await slow).status, 204);
    assert.equal(
      (await post(encodeRecord(JSON.stringify({ type: "ping", nonce: 3 })))).status,
      204,
    );
    await reader.cancel();
  }));

Deno.test("relay: off means that there is no route, and that signalling says so", async () => {
  await using app = serveApp({ flags: { relay: "off" } });
  assert.equal(app.deps.relay, null);
  for (const path of ["/api/relay", "/api/relay/stream", "/api/relay/send"]) {
    const answer = await fetch(`${app.origin}${path}`, { headers: { Origin: app.origin } });
    assert.equal(answer.status, 404);
    await answer.body?.cancel();
  }
  const { relay } = await (await fetch(`${app.origin}/api/config`)).json();
  assert.equal(relay, false);
  const room = newRoom();
  await using owner = await RelayPageClient.join(app.origin, "owner", room);
  const someone = "P".repeat(22);
  await owner.say({ kind: "open", phone: someone, phoneInstance: someone });
  assert.deepEqual(await owner.next(), { kind: "ended", cause: "unavailable" });
});

Deno.test("relay: it ends with the server, and what passed is in the health document", async () => {
  const app = serveApp();
  const room = newRoom();
  await using owner = await RelayPageClient.join(app.origin, "owner", room);
  await using phone = await RelayPageClient.join(app.origin, "phone", room);
  await owner.say({ kind: "open", phone: phone.self.id, phoneInstance: phone.self.instance });
  await using wire = await openSocketWire(app.origin, await owner.ticket());
  assert.deepEqual(await wire.next(), { type: "opened" });
  const { relay } = await (await fetch(`${app.origin}/healthz`)).json();
  assert.deepEqual([relay.phones, relay.viewers, relay.framesReceived], [1, 1, 0]);
  app.deps.hub.close();
  assert.equal(await wire.next(), "closed server-closing");
  await app[Symbol.asyncDispose]();
});
