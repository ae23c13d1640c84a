// Takes about 13 s: what is lost is noticed by its silence.
import assert from "node:assert/strict";
import type { FromServerMessage } from "@/protocol";
import {
  joinOf,
  jsonOf,
  newRoom,
  openBulk,
  openPosts,
  openSocket,
  PageClient,
} from "../link/testing/link_clients.ts";
import { toWebhook } from "../base/webhook_config.ts";
import { eventOf, openReceiver } from "../events/testing/receiver.ts";
import { Webhook } from "../events/webhook.ts";
import { COOKIE_NAME, PasswordGate } from "../password/gate.ts";
import { fakeFrame } from "../relay/testing/fake_relay.ts";
import { aboutStream, FakeProcess, SETTINGS } from "../streams/testing/fake_process.ts";
import { appDeps, memoryLog } from "../testing/helpers.ts";
import { hasNats, startNats } from "../../bench/nats_server.ts";
import { MemoryNet } from "./testing/memory_bus.ts";
import { type RigNode, startNatsNode, startNode } from "./testing/node_rig.ts";
import { codeOf, endOf, finds, joinUntil, met } from "./testing/node_pages.ts";
import { until } from "../testing/until.ts";

/** What joins the nodes of a test: both have the same suite. */
interface Joined extends AsyncDisposable {
  node(options?: Parameters<typeof appDeps>[0]): Promise<RigNode>;
}

const BUSES: Readonly<Record<string, () => Promise<Joined>>> = {
  "no NATS": () => {
    const net = new MemoryNet();
    return Promise.resolve({
      node: (options) => {
        const bus = net.connect();
        return Promise.resolve(startNode(bus, options, () => Promise.resolve(bus.setAway(true))));
      },
      [Symbol.asyncDispose]: () => Promise.resolve(),
    });
  },
  "NATS": async () => {
    const nats = await startNats();
    return {
      node: (options) => startNatsNode(nats.url, options),
      [Symbol.asyncDispose]: () => nats[Symbol.asyncDispose](),
    };
  },
};
const isThere = await hasNats();

function test(name: string, run: (joined: Joined) => Promise<void>): void {
  for (const [bus, start] of Object.entries(BUSES)) {
    Deno.test({
      name: `${name} (${bus})`,
      ignore: bus === "NATS" && !isThere,
      fn: async () => {
        await using joined = await start();
        await run(joined);
      },
    });
  }
}

for (const [transport, open] of Object.entries({ WebSocket: openSocket, POSTs: openPosts })) {
  test(`a phone on one node and an owner on another meet, over ${transport}`, async (joined) => {
    await using a = await joined.node();
    await using b = await joined.node();
    const room = newRoom();
    await using owner = await PageClient.join(a.origin, joinOf(room, "owner"), open);
    const phone = await joinUntil(b, joinOf(room, "phone"), open);
    const came = await owner.next("peer-joined");
    assert.equal(came.peer.id, phone.self.id);
    const { id: to, instance: toInstance } = owner.self;
    await phone.say({ type: "offer", sdp: "v=0\r\n", to, toInstance });
    const offer = await owner.next("offer");
    assert.deepEqual([offer.from, offer.fromInstance], [phone.self.id, phone.self.instance]);
    await owner.say({
      type: "answer",
      sdp: "v=0\r\n",
      to: offer.from,
      toInstance: offer.fromInstance,
    });
    assert.equal((await phone.next("answer")).from, owner.self.id);
    await phone.say({ type: "ping", nonce: 7 });
    assert.equal((await phone.next("pong")).nonce, 7);
    assert.deepEqual([a.deps.hub.counts().rooms, b.deps.hub.counts().rooms], [1, 0]);
    await phone.say({ type: "leave" });
    assert.equal((await owner.next("peer-left")).reason, "left");
    const again = await joinUntil(b, joinOf(room, "phone"), open);
    await owner.next("peer-joined");
    await again.control.drop();
    assert.equal((await owner.next("peer-left")).reason, "lost");
    await until(() => a.nodes.health.lines.in === 0 && b.nodes.health.lines.out === 0);
  });
}

test("who has no way in is told so by the room's home, and without one by its own node", async (joined) => {
  await using a = await joined.node();
  await using b = await joined.node();
  const room = newRoom();
  assert.equal(await codeOf(b, joinOf(room, "phone")), "unknown-room");
  await using owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  await finds(b, room);
  // Of the same room: the token is the owner's, or it is refused.
  assert.equal(
    await codeOf(b, joinOf(room, "owner", { token: newRoom().tokens.owner })),
    "bad-token",
  );
  assert.equal(b.deps.hub.counts().rooms, 0);
  const phone = joinOf(room, "phone");
  await using _phone = await joinUntil(b, phone);
  const { peer } = await owner.next("peer-joined");
  await owner.say({ type: "send-away", peer: peer.id });
  await owner.next("peer-left");
  assert.equal(await codeOf(b, phone), "sent-away");
});

test("an owner who comes back over another node takes its room over", async (joined) => {
  await using a = await joined.node();
  await using b = await joined.node();
  const room = newRoom();
  const first = await PageClient.join(a.origin, joinOf(room, "owner"));
  await finds(b, room);
  await using second = await joinUntil(b, joinOf(room, "owner"));
  assert.equal(await endOf(first.control), "replaced");
  const third = await PageClient.join(a.origin, joinOf(room, "owner"));
  assert.equal(await endOf(second.control), "replaced");
  assert.deepEqual([a.deps.hub.counts().rooms, b.deps.hub.counts().rooms], [1, 0]);
  await third.control.drop();
});

test("relayed pictures cross nodes, with each page's links on whichever", async (joined) => {
  await using a = await joined.node();
  await using b = await joined.node();
  await using c = await joined.node();
  const room = newRoom();
  await using owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  await using phone = await joinUntil(b, joinOf(room, "phone"));
  const { id, instance } = phone.self;
  await owner.say({ type: "relay", body: { kind: "open", phone: id, phoneInstance: instance } });
  const hear = async (page: PageClient, at: RigNode) => {
    const { body } = await page.next("relay");
    assert.ok(body.kind === "topic");
    const bulk = await openBulk(at.origin, await page.ticket());
    await bulk.send(body.topic, JSON.stringify({ type: "ready" }));
    return { bulk, topic: body.topic };
  };
  // Neither is where its page's control link is.
  const viewer = await hear(owner, c);
  const sender = await hear(phone, a);
  const next = async ({ bulk, topic }: typeof viewer) => {
    const record = await bulk.nextData();
    assert.equal(record?.topic, topic);
    return typeof record!.data === "string" ? jsonOf(record!.data) : record!.data;
  };
  assert.deepEqual(await next(sender), { type: "viewers", viewers: [owner.self.id] });
  for (let frame = 1; frame <= 4; frame++) {
    // The first is longer than the bus takes in one piece.
    const picture = fakeFrame(frame, frame === 1 ? 512 * 1024 : 20_000);
    await sender.bulk.send(sender.topic, picture);
    assert.deepEqual(await next(viewer), picture);
    await viewer.bulk.send(viewer.topic, JSON.stringify({ type: "ack", frame }));
    assert.deepEqual(await next(sender), { type: "ack", frame });
  }
  await viewer.bulk.drop();
  await sender.bulk.drop();
  const bad = await openSocket(c.origin);
  await bad.sendText(JSON.stringify({ type: "open", ticket: "A".repeat(22) }));
  assert.equal(await endOf(bad), "bad-ticket");
});

test("frames, results and the readers of results may all be on another node", async (joined) => {
  const process = new FakeProcess();
  await using a = await joined.node({ process });
  await using b = await joined.node({ process: new FakeProcess() });
  const { gateway } = a.deps.inference!;
  process.worksFor(gateway);
  const room = newRoom();
  await using _owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  await using viewer = await joinUntil(b, joinOf(room, "viewer"));
  await viewer.say(aboutStream("S".repeat(22), { kind: "settings", settings: SETTINGS }));
  const { body } = await viewer.next("inference");
  assert.ok(body.kind === "opened" && body.topic !== undefined);
  const bulk = await viewer.bulk();
  await bulk.send(body.topic, "12");
  assert.deepEqual(jsonOf((await bulk.nextData())?.data), { frame_id: "12" });

  const results = `${b.origin}/api/rooms/${room.roomId}/detections`;
  const refused = await fetch(results, {
    headers: { Authorization: `Bearer ${room.tokens.phone}` },
  });
  assert.equal(refused.status, 401);
  assert.equal((await refused.json()).code, "bad-token");
  const headers = { Authorization: `Bearer ${room.tokens.viewer}`, Accept: "text/event-stream" };
  const reading = await fetch(results, { headers });
  assert.equal(reading.headers.get("content-type"), "text/event-stream");
  const reader = reading.body!.pipeThrough(new TextDecoderStream()).getReader();
  await until(() => gateway.watchers.isWatched(room.roomId as never));
  const [stream] = process.opened();
  gateway.onMessage({ kind: "tapped", stream: stream!, text: '{"frame_id":"1"}' });
  let text = "";
  while (!text.includes("frame_id")) text += (await reader.read()).value ?? assert.fail("ended");
  assert.match(text, /^:\n\n(.*\n)*data: \{"stream_id":"s1","frame_id":"1"\}\n\n/);
  await reader.cancel();
  await until(() => !gateway.watchers.isWatched(room.roomId as never));

  const picture = (token: string) =>
    fetch(`${b.origin}/api/detect`, {
      method: "POST",
      body: "no picture",
      headers: {
        "Content-Type": "text/plain",
        Authorization: `Bearer ${token}`,
        "X-Peerlens-Room": room.roomId,
      },
    });
  const foreign = await picture(room.tokens.phone);
  assert.equal(foreign.status, 401);
  await foreign.body?.cancel();
  const allowed = await picture(room.tokens.viewer);
  assert.equal(allowed.status, 415, "the token is good, so the body is looked at");
  await allowed.body?.cancel();
});

test("events of zones may be sent over another node, and what became of them is the home's", async (joined) => {
  await using receiver = openReceiver(() => new Response(null, { status: 200 }));
  const config = toWebhook({ source: "--webhook", value: receiver.url }, undefined)!;
  const options = () => ({
    webhook: new Webhook({ config, log: memoryLog() }),
    gate: new PasswordGate("correct horse", undefined, { secret: "a secret of all nodes" }),
  });
  const [ofA, ofB] = [options(), options()];
  await using a = await joined.node(ofA);
  await using b = await joined.node(ofB);
  const room = newRoom();
  await using _owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  const signedIn = ofB.gate.signIn("correct horse", "127.0.0.1");
  assert.ok(signedIn.kind === "signed-in");
  const ask = (init: RequestInit = {}) =>
    fetch(`${b.origin}/api/rooms/${room.roomId}/events`, {
      ...init,
      headers: {
        Authorization: `Bearer ${room.tokens.owner}`,
        Origin: b.origin,
        "Content-Type": "application/json",
        Cookie: `${COOKIE_NAME}=${signedIn.cookie}`,
      },
    });
  const post = async () => {
    const answer = await ask({ method: "POST", body: JSON.stringify(eventOf()) });
    await answer.body?.cancel();
    return answer.status;
  };
  await until(async () => await post() === 202);
  await until(() => ofA.webhook.counts.delivered === 1);
  assert.equal(ofB.webhook.counts.delivered, 0);
  const { outcomes } = await (await ask()).json();
  assert.equal(outcomes.length, 1);
  const statuses = await Promise.all(Array.from({ length: 150 }, async () => {
    const answer = await ask();
    await answer.body?.cancel();
    return answer.status;
  }));
  assert.ok(statuses.includes(429), "who asks too much is told so");
  for (const { webhook } of [ofA, ofB]) webhook.close();
});

test("a short code leads into its room from every node, and wrong ones count where they are typed", async (joined) => {
  await using a = await joined.node();
  await using b = await joined.node();
  const room = newRoom();
  await using owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  await owner.say({ type: "code-request" });
  const { code } = await owner.next("code");
  const typed = async (text: string) => {
    const answer = await fetch(`${b.origin}/j/${text}`, { redirect: "manual" });
    await answer.body?.cancel();
    return answer;
  };
  const found = await typed(code.toLowerCase());
  assert.equal(found.status, 302);
  assert.equal(found.headers.get("location"), `/join/${room.roomId}#${room.tokens.phone}`);
  // At the same time, so that none gets past the limit while another is asked about.
  const wrong = await Promise.all(Array.from({ length: 10 }, () => typed("222222")));
  const statuses = wrong.map(({ status }) => status).toSorted();
  assert.deepEqual(statuses, [404, 404, 404, 404, 404, 404, 404, 404, 404, 429]);
});

test("when the home ends without a word, all are back where the owner makes the room again", async (joined) => {
  const a = await joined.node();
  await using b = await joined.node();
  await using c = await joined.node();
  await met(a, b, c);
  const room = newRoom();
  const maker = await PageClient.join(a.origin, joinOf(room, "owner"));
  await finds(b, room);
  const joins = { owner: joinOf(room, "owner"), phone: joinOf(room, "phone") };
  const owner = await joinUntil(b, joins.owner);
  // Not before: a room that nobody is in may end.
  assert.equal(await endOf(maker.control), "replaced");
  const phone = await joinUntil(c, joins.phone);
  await a.die();
  const ends = await Promise.all([owner.control, phone.control].map(endOf));
  assert.deepEqual(ends, ["server-closing", "server-closing"]);
  const back = await Promise.all([joinUntil(b, joins.owner), joinUntil(c, joins.phone)]);
  assert.equal(b.deps.hub.counts().peers, 2);
  for (const page of back) await page[Symbol.asyncDispose]();
});

test("when the home stops in order, its pages elsewhere are told at once", async (joined) => {
  const a = await joined.node();
  await using b = await joined.node();
  const room = newRoom();
  const owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  const phone = await joinUntil(b, joinOf(room, "phone"));
  const ended = Promise.all([owner.control, phone.control].map(endOf));
  await a.stop();
  assert.deepEqual(await ended, ["server-closing", "server-closing"]);
});

test("when the owner's node ends without a word, the room stays at its home and the owner comes back over another", async (joined) => {
  await using a = await joined.node();
  const b = await joined.node();
  await using c = await joined.node();
  await met(a, b, c);
  const room = newRoom();
  const first = await PageClient.join(a.origin, joinOf(room, "owner"));
  await using phone = await PageClient.join(a.origin, joinOf(room, "phone"));
  const join = joinOf(room, "owner");
  await finds(b, room);
  await joinUntil(b, join);
  assert.equal(await endOf(first.control), "replaced");
  await phone.next("peer-joined");
  await b.die();
  assert.equal((await phone.next("peer-left")).reason, "lost");
  await using again = await joinUntil(c, join);
  assert.equal((await phone.next("peer-joined")).peer.id, again.self.id);
  assert.deepEqual([a.deps.hub.counts().rooms, c.deps.hub.counts().rooms], [1, 0]);
});

test("one page's flood is stopped on its own node", async (joined) => {
  await using a = await joined.node();
  await using b = await joined.node();
  const room = newRoom();
  await using _owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  const phone = await joinUntil(b, joinOf(room, "phone"));
  for (let at = 0; at < 500; at++) await phone.say({ type: "code-request" });
  assert.equal(await endOf(phone.control), "too-fast");
  await until(() => a.deps.hub.counts().peers === 1);
});

Deno.test("a record that no server says ends the link, and nothing of it reaches the page", async () => {
  const net = new MemoryNet();
  await using a = startNode(net.connect());
  await using b = startNode(net.connect());
  const room = newRoom();
  await using _owner = await PageClient.join(a.origin, joinOf(room, "owner"));
  const phone = await joinUntil(b, joinOf(room, "phone"));
  // As from a home of another version.
  const lie: FromServerMessage = { type: "pong", nonce: 1 };
  for (const session of [...a.deps.hub.rooms()]) assert.equal(session.roomId, room.roomId);
  a.deps.hub.tell(
    { roomId: room.roomId, peerId: phone.self.id, instance: phone.self.instance } as never,
    { ...lie, type: "made-up" } as never,
  );
  assert.equal(await endOf(phone.control), "server-closing");
  assert.equal(b.nodes.health.lines.unreadable, 1);
});
