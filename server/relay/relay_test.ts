import assert from "node:assert/strict";
import {
  joinOf,
  jsonOf,
  type LinkClient,
  newRoom,
  openBulk,
  type OpenClient,
  openPosts,
  openSocket,
  PageClient,
} from "../link/testing/link_clients.ts";
import { type RunningApp, serveApp } from "../testing/helpers.ts";
import { fakeFrame } from "./testing/fake_relay.ts";

interface Scene {
  readonly app: RunningApp;
  readonly owner: PageClient;
  readonly phone: PageClient;
  /** The owner asks for the phone. */
  ask(): Promise<void>;
}

async function withPages(
  run: (scene: Scene) => Promise<void>,
  open: OpenClient = openSocket,
): Promise<void> {
  await using app = serveApp();
  const room = newRoom();
  await using owner = await PageClient.join(app.origin, joinOf(room, "owner"), open);
  await using phone = await PageClient.join(app.origin, joinOf(room, "phone"), open);
  const { id, instance } = phone.self;
  const ask = () => say(owner, { kind: "open", phone: id, phoneInstance: instance });
  await run({ app, owner, phone, ask });
}

const say = (page: PageClient, body: object) => page.say({ type: "relay", body });

/** The next that a page is told about a relay. */
const told = async (page: PageClient) => (await page.next("relay")).body;

/** A page's bulk link and its topic, which it says that it hears. */
async function hear(page: PageClient): Promise<{ bulk: LinkClient; topic: number }> {
  const body = await told(page);
  assert.ok(body.kind === "topic", JSON.stringify(body));
  const bulk = await page.bulk();
  await bulk.send(body.topic, JSON.stringify({ type: "ready" }));
  return { bulk, topic: body.topic };
}

const next = async ({ bulk, topic }: { bulk: LinkClient; topic: number }) => {
  const record = await bulk.nextData();
  assert.equal(record?.topic, topic);
  return typeof record!.data === "string" ? jsonOf(record!.data) : record!.data;
};

const TRANSPORTS: Readonly<Record<string, OpenClient>> = {
  WebSocket: openSocket,
  "stream and POST": openPosts,
};

for (const [name, open] of Object.entries(TRANSPORTS)) {
  Deno.test(`relay over ${name}: frames down, acks and messages both ways, and the end`, () =>
    withPages(async ({ owner, phone, ask }) => {
      await ask();
      const viewer = await hear(owner);
      const sender = await hear(phone);
      assert.deepEqual(await next(sender), { type: "viewers", viewers: [owner.self.id] });
      // The longest that is taken, which no network carries in one piece.
      const frame = fakeFrame(3, 512 * 1024);
      await sender.bulk.send(sender.topic, frame);
      assert.deepEqual(await next(viewer), frame);
      const text = (of: typeof viewer, message: object) =>
        of.bulk.send(of.topic, JSON.stringify(message));
      await text(viewer, { type: "ack", frame: 3 });
      assert.deepEqual(await next(sender), { type: "ack", frame: 3 });
      await text(viewer, { type: "message", channel: "control", text: "wish" });
      const from = owner.self.id;
      assert.deepEqual(await next(sender), {
        type: "message",
        from,
        channel: "control",
        text: "wish",
      });
      await text(sender, { type: "message", to: from, channel: "timing", text: "12" });
      assert.deepEqual(await next(viewer), { type: "message", channel: "timing", text: "12" });
      await say(owner, { kind: "close", phone: phone.self.id });
      assert.deepEqual(await told(owner), { kind: "ended", cause: "closed" });
      assert.deepEqual(await told(phone), { kind: "ended", cause: "closed" });
    }, open));

  Deno.test(`relay over ${name}: what is wrong closes the bulk link, says why, and spares control`, () =>
    withPages(async ({ app, owner, phone, ask }) => {
      await ask();
      const viewer = await hear(owner);
      await viewer.bulk.send(viewer.topic, fakeFrame(1));
      const refused = async ({ bulk }: typeof viewer) => {
        const answer = await bulk.next();
        assert.ok(answer?.type === "error" && answer.fatal, JSON.stringify(answer));
        assert.equal(await bulk.next(), null);
        return answer.code;
      };
      assert.equal(await refused(viewer), "bad-frame");
      const sender = await hear(phone);
      assert.equal((await next(sender) as { type: string }).type, "viewers");
      await sender.bulk.send(sender.topic, JSON.stringify({ type: "ack", frame: 0 }));
      assert.equal(await refused(sender), "bad-message");
      await phone.dropBulk();
      const again = { bulk: await phone.bulk(), topic: sender.topic };
      await again.bulk.send(again.topic, new Uint8Array(600 * 1024));
      assert.equal(await refused(again), "too-large");
      assert.equal(app.deps.relay!.counters.framesReceived, 0);
      await owner.say({ type: "ping", nonce: 1 });
      assert.equal((await owner.next("pong")).nonce, 1);
    }, open));
}

Deno.test("relay: roles are held to, and an absent phone is said to be gone", () =>
  withPages(async ({ owner, phone }) => {
    const { id, instance } = owner.self;
    await say(owner, { kind: "open", phone: id, phoneInstance: instance });
    assert.deepEqual(await told(owner), { kind: "ended", cause: "gone" });
    await say(phone, { kind: "close", phone: phone.self.id });
    await assert.rejects(told(phone), /not-allowed/);
    await say(owner, { kind: "refuse", cause: "refused" });
    await assert.rejects(told(owner), /not-allowed/);
  }));

Deno.test("relay: when the phone leaves, it ends at once, and the phone's bulk link with it", () =>
  withPages(async ({ app, owner, phone, ask }) => {
    await ask();
    await hear(owner);
    const sender = await hear(phone);
    await phone.say({ type: "leave" });
    assert.deepEqual(await told(owner), { kind: "ended", cause: "gone" });
    const answer = await sender.bulk.next();
    assert.ok(answer?.type === "error" && answer.code === "ended");
    assert.deepEqual(app.deps.relay!.counts(), { phones: 0, viewers: 0 });
  }));

Deno.test("relay: a topic says nothing on another page's link, whatever its number", () =>
  withPages(async ({ app, owner, phone, ask }) => {
    await ask();
    const viewer = await hear(owner);
    const sender = await hear(phone);
    await next(sender);
    await using stranger = await PageClient.join(app.origin, joinOf(newRoom(), "owner"));
    const bulk = await stranger.bulk();
    for (let topic = 1; topic < 20; topic++) {
      await bulk.send(topic, JSON.stringify({ type: "ready" }));
      await bulk.send(topic, fakeFrame(9));
    }
    await bulk.sendText('{"type":"ping","nonce":1}');
    assert.equal((await bulk.next())?.type, "pong");
    await sender.bulk.send(sender.topic, fakeFrame(1));
    assert.deepEqual(await next(viewer), fakeFrame(1));
    assert.equal(app.deps.relay!.counters.framesReceived, 1);
  }));

Deno.test("relay: off is said where it is asked for", async () => {
  await using app = serveApp({ flags: { relay: "off" } });
  assert.equal(app.deps.relay, null);
  const { relay } = await (await fetch(`${app.origin}/api/config`)).json();
  assert.equal(relay, false);
  await using owner = await PageClient.join(app.origin, joinOf(newRoom(), "owner"));
  const someone = "P".repeat(22);
  await say(owner, { kind: "open", phone: someone, phoneInstance: someone });
  assert.deepEqual(await told(owner), { kind: "ended", cause: "unavailable" });
});

Deno.test("relay: it ends with the server, and what passed is in the health document", async () => {
  const app = serveApp();
  const room = newRoom();
  await using owner = await PageClient.join(app.origin, joinOf(room, "owner"));
  await using phone = await PageClient.join(app.origin, joinOf(room, "phone"));
  const { id, instance } = phone.self;
  await say(owner, { kind: "open", phone: id, phoneInstance: instance });
  const { bulk } = await hear(owner);
  const { relay } = await (await fetch(`${app.origin}/healthz`)).json();
  assert.deepEqual([relay.phones, relay.viewers, relay.framesReceived], [1, 1, 0]);
  app.deps.hub.close();
  const answer = await bulk.next();
  assert.ok(answer?.type === "error" && answer.code === "server-closing");
  await app[Symbol.asyncDispose]();
});

Deno.test("a ticket opens one bulk link, and no other before, after or elsewhere", async () => {
  await using app = serveApp();
  await using owner = await PageClient.join(app.origin, joinOf(newRoom(), "owner"));
  const refusedWith = async (ticket: string, open: OpenClient) => {
    await using link = await open(app.origin);
    await link.sendText(JSON.stringify({ type: "open", ticket }));
    const answer = await link.next();
    assert.ok(answer?.type === "error" && answer.fatal, JSON.stringify(answer));
    assert.equal(await link.next(), null);
    return answer.code;
  };
  const ticket = await owner.ticket();
  await using bulk = await openBulk(app.origin, ticket);
  for (const open of Object.values(TRANSPORTS)) {
    assert.equal(await refusedWith("T".repeat(22), open), "bad-ticket");
    assert.equal(await refusedWith(ticket, open), "bad-ticket");
  }
  await bulk.sendText('{"type":"ping","nonce":1}');
  assert.equal((await bulk.next())?.type, "pong");
});
