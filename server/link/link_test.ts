import assert from "node:assert/strict";
import { type FromServerMessage, MAX_SIGNAL_BYTES, MESSAGE_BURST } from "@/protocol";
import { aboutStream, FakeProcess, SETTINGS } from "../streams/testing/fake_process.ts";
import { type RunningApp, serveApp } from "../testing/helpers.ts";
import {
  joinOf,
  type LinkClient,
  newRoom,
  type OpenClient,
  openPosts,
  openSocket,
} from "./testing/link_clients.ts";

/** Both transports, one suite: whatever holds for one holds for the other. */
const TRANSPORTS: Readonly<Record<string, OpenClient>> = {
  WebSocket: openSocket,
  "stream and POST": openPosts,
};

interface Scene {
  readonly app: RunningApp;
  readonly process: FakeProcess;
  readonly connect: () => Promise<LinkClient>;
}

async function joined(client: LinkClient, join: unknown) {
  await client.sendText(JSON.stringify(join));
  const answer = await client.next();
  assert.equal(answer?.type, "joined", JSON.stringify(answer));
  return answer as Extract<FromServerMessage, { type: "joined" }>;
}

async function refused(client: LinkClient, text: string) {
  await client.sendText(text);
  const answer = await client.next();
  assert.equal(answer?.type, "error", JSON.stringify(answer));
  return (answer as Extract<FromServerMessage, { type: "error" }>).code;
}

/** Retries until the server has seen what the client did: its end of a link, say. */
async function eventually(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

for (const [name, open] of Object.entries(TRANSPORTS)) {
  const test = (criterion: string, run: (scene: Scene) => Promise<void>, env = {}) =>
    Deno.test(`${name} ${criterion}`, async () => {
      let nowMs = 0;
      const process = new FakeProcess();
      const app = serveApp({ env, now: () => nowMs, process });
      process.worksFor(app.deps.inference!.gateway);
      const later = app.deps.hub.sweep.bind(app.deps.hub);
      // Time moves only when a test sweeps: by half a minute.
      app.deps.hub.sweep = () => {
        nowMs += 30_000;
        later();
      };
      const clients: LinkClient[] = [];
      const connect = async () => {
        const client = await open(app.origin);
        clients.push(client);
        return client;
      };
      try {
        await run({ app, process, connect });
      } finally {
        for (const client of clients) await client.drop();
        await eventually(() => app.deps.hub.counts().connections === 0);
        await app[Symbol.asyncDispose]();
      }
    });

  test("joins owner and phone, and relays between them in order", async ({ connect }) => {
    const room = newRoom();
    const owner = await connect();
    const { self: ownerInfo } = await joined(owner, joinOf(room, "owner"));
    const phone = await connect();
    const { self: phoneInfo, peers } = await joined(phone, joinOf(room, "phone"));
    assert.deepEqual(peers, [ownerInfo]);
    assert.deepEqual(await owner.next(), { type: "peer-joined", peer: phoneInfo });

    const to = { to: phoneInfo.id, toInstance: phoneInfo.instance };
    for (const sdp of ["v=0 1", "v=0 2"]) {
      await owner.sendText(JSON.stringify({ type: "offer", sdp, ...to }));
    }
    const from = { from: ownerInfo.id, fromInstance: ownerInfo.instance };
    assert.deepEqual(await phone.next(), { type: "offer", sdp: "v=0 1", ...from });
    assert.deepEqual(await phone.next(), { type: "offer", sdp: "v=0 2", ...from });
  });

  test("answers a ping with the same nonce", async ({ connect }) => {
    const owner = await connect();
    await joined(owner, joinOf(newRoom(), "owner"));
    await owner.sendText(JSON.stringify({ type: "ping", nonce: 7 }));
    assert.deepEqual(await owner.next(), { type: "pong", nonce: 7 });
  });

  test("tells left from lost", async ({ connect }) => {
    const room = newRoom();
    const owner = await connect();
    await joined(owner, joinOf(room, "owner"));
    const leaver = await connect();
    await joined(leaver, joinOf(room, "phone"));
    await owner.next();
    await leaver.sendText(JSON.stringify({ type: "leave" }));
    const left = await owner.next();
    assert.ok(left?.type === "peer-left" && left.reason === "left");
    assert.equal(await leaver.next(), null);

    const loser = await connect();
    await joined(loser, joinOf(room, "phone"));
    await owner.next();
    await loser.drop();
    const lost = await owner.next();
    assert.ok(lost?.type === "peer-left" && lost.reason === "lost");
  });

  test("closes behind a fatal refusal", async ({ connect }) => {
    const room = newRoom();
    const owner = await connect();
    await joined(owner, joinOf(room, "owner"));
    const cases: [string, string][] = [
      ["bad-token", JSON.stringify(joinOf(room, "phone", { token: room.tokens.viewer }))],
      ["bad-token", JSON.stringify(joinOf({ ...room, roomId: newRoom().roomId }, "owner"))],
      ["unknown-room", JSON.stringify(joinOf(newRoom(), "phone"))],
      ["bad-version", JSON.stringify(joinOf(room, "phone", { version: 0 }))],
      ["bad-message", "no JSON"],
      ["bad-message", JSON.stringify({ type: "ping", nonce: 1 })],
      ["too-large", "x".repeat(MAX_SIGNAL_BYTES + 1)],
    ];
    for (const [code, text] of cases) {
      const client = await connect();
      assert.equal(await refused(client, text), code);
      assert.equal(await client.next(), null);
    }
  });

  test("measures the size of a message in bytes, not in characters", async ({ connect }) => {
    const client = await connect();
    assert.equal(await refused(client, "é".repeat(MAX_SIGNAL_BYTES / 2 + 1)), "too-large");
  });

  test("keeps the session after a refusal that is not fatal", async ({ connect }) => {
    const owner = await connect();
    await joined(owner, joinOf(newRoom(), "owner"));
    const to = { to: "A".repeat(22), toInstance: "B".repeat(22) };
    const offer = JSON.stringify({ type: "offer", sdp: "v=0", ...to });
    assert.equal(await refused(owner, offer), "unknown-peer");
    await owner.sendText(JSON.stringify({ type: "ping", nonce: 1 }));
    assert.equal((await owner.next())?.type, "pong");
  });

  test("ends a session that sends too fast", async ({ connect }) => {
    const owner = await connect();
    await joined(owner, joinOf(newRoom(), "owner"));
    for (let nonce = 1; nonce < MESSAGE_BURST; nonce++) {
      await owner.sendText(JSON.stringify({ type: "ping", nonce }));
      assert.equal((await owner.next())?.type, "pong");
    }
    assert.equal(await refused(owner, JSON.stringify({ type: "ping", nonce: 0 })), "too-fast");
    assert.equal(await owner.next(), null);
  });

  test("ends a silent session with timeout", async ({ app, connect }) => {
    const owner = await connect();
    await joined(owner, joinOf(newRoom(), "owner"));
    app.deps.hub.sweep();
    const answer = await owner.next();
    assert.ok(answer?.type === "error" && answer.code === "timeout");
    assert.equal(await owner.next(), null);
  });

  test("replaces the older connection of the same page", async ({ connect }) => {
    const room = newRoom();
    const join = joinOf(room, "owner");
    const older = await connect();
    await joined(older, join);
    const newer = await connect();
    await joined(newer, join);
    const answer = await older.next();
    assert.ok(answer?.type === "error" && answer.code === "replaced");
    assert.equal(await older.next(), null);
  });

  test("refuses one connection too many of an address, and counts down again", async (scene) => {
    const { app, connect } = scene;
    const room = newRoom();
    const first = await connect();
    await joined(first, joinOf(room, "owner"));
    const second = await connect();
    await joined(second, joinOf(room, "phone"));
    const third = await connect();
    assert.equal(await refused(third, JSON.stringify(joinOf(room, "phone"))), "too-many-sockets");
    await third.drop();
    await second.drop();
    await eventually(() => app.deps.hub.counts().connections === 1);
    await joined(await connect(), joinOf(room, "phone"));
  }, { PEERLENS_MAX_SOCKETS_PER_ADDRESS: "2" });

  test("tells every peer when the server closes", async ({ app, connect }) => {
    const owner = await connect();
    await joined(owner, joinOf(newRoom(), "owner"));
    app.deps.hub.close();
    const answer = await owner.next();
    assert.ok(answer?.type === "error" && answer.code === "server-closing");
    assert.equal(await owner.next(), null);
  });

  test("bounds the joins of an address, and says when to come again", async ({ connect }) => {
    const room = newRoom();
    await joined(await connect(), joinOf(room, "owner"));
    for (let n = 0; n < 5; n++) {
      const text = JSON.stringify(joinOf(newRoom(), "phone"));
      assert.equal(await refused(await connect(), text), "unknown-room");
    }
    const late = await connect();
    await late.sendText(JSON.stringify(joinOf(room, "phone")));
    const answer = await late.next();
    assert.ok(answer?.type === "error" && answer.code === "too-fast" && answer.fatal);
    assert.equal(answer.retryAfterMs, 1000);
  }, { PEERLENS_JOINS_PER_SECOND: "1" });

  test("refuses a second join, and keeps the first", async ({ connect }) => {
    const owner = await connect();
    await joined(owner, joinOf(newRoom(), "owner"));
    assert.equal(await refused(owner, JSON.stringify(joinOf(newRoom(), "owner"))), "not-allowed");
    await owner.sendText(JSON.stringify({ type: "ping", nonce: 1 }));
    assert.equal((await owner.next())?.type, "pong");
  });

  test("gives an owner a code, and nobody else", async ({ connect }) => {
    const room = newRoom();
    const owner = await connect();
    await joined(owner, joinOf(room, "owner"));
    await owner.sendText(JSON.stringify({ type: "code-request" }));
    const answer = await owner.next();
    assert.ok(answer?.type === "code" && answer.code.length === 6);
    const phone = await connect();
    await joined(phone, joinOf(room, "phone"));
    assert.equal(await refused(phone, JSON.stringify({ type: "code-request" })), "not-allowed");
  });

  test("carries the streams of a viewer, and answers no one else", async ({ process, connect }) => {
    const room = newRoom();
    const owner = await connect();
    await joined(owner, joinOf(room, "owner"));
    const viewer = await connect();
    await joined(viewer, joinOf(room, "viewer"));
    const name = "S".repeat(22);
    const say = (client: LinkClient, body: Parameters<typeof aboutStream>[1]) =>
      client.sendText(JSON.stringify(aboutStream(name, body)));
    for (const client of [owner, viewer]) {
      await say(client, { kind: "settings", settings: SETTINGS });
      const opened = { kind: "opened", modelId: "fake", runMs: 4, topic: 1 };
      assert.deepEqual(await client.next(), { type: "inference", stream: name, body: opened });
    }
    await say(viewer, { kind: "offer", sdp: "v=0 viewer" });
    await say(viewer, { kind: "ice-candidate", candidate: null });
    const answer = { kind: "answer", sdp: "v=0 viewer" };
    assert.deepEqual(await viewer.next(), { type: "inference", stream: name, body: answer });
    await say(viewer, { kind: "close" });
    const ended = { kind: "ended", cause: "closed" };
    assert.deepEqual(await viewer.next(), { type: "inference", stream: name, body: ended });
    // The next thing that the owner hears is the answer to its own ping.
    await owner.sendText('{"type":"ping","nonce":1}');
    assert.deepEqual(await owner.next(), { type: "pong", nonce: 1 });
    const [, second] = process.opened();
    const about = process.sent.filter(({ json }) => "stream" in json && json.stream === second);
    const kinds = about.map(({ json }) => json.kind);
    assert.deepEqual(kinds, ["settings", "signal", "signal", "close"]);
  });

  test("keeps streams to viewers, and to the rate of all messages", async ({ process, connect }) => {
    const room = newRoom();
    const owner = await connect();
    await joined(owner, joinOf(room, "owner"));
    const phone = await connect();
    await joined(phone, joinOf(room, "phone"));
    await owner.next();
    const open = aboutStream("S".repeat(22), { kind: "settings", settings: SETTINGS });
    assert.equal(await refused(phone, JSON.stringify(open)), "not-allowed");
    assert.deepEqual(process.sent, []);
    for (let n = 1; n < MESSAGE_BURST; n++) {
      await owner.sendText(JSON.stringify(open));
      assert.equal((await owner.next())?.type, "inference");
    }
    assert.equal(await refused(owner, JSON.stringify(open)), "too-fast");
    assert.equal(await owner.next(), null);
  });

  test("keeps a stream over a short loss, and ends it when the page is new", async (scene) => {
    const { app, process, connect } = scene;
    const join = joinOf(newRoom(), "owner");
    const open = JSON.stringify(
      aboutStream("S".repeat(22), { kind: "settings", settings: SETTINGS }),
    );
    const first = await connect();
    await joined(first, join);
    await first.sendText(open);
    await first.next();
    await first.drop();
    await eventually(() => app.deps.hub.counts().peers === 0);
    const second = await connect();
    await joined(second, join);
    await second.sendText(open);
    await second.next();
    assert.equal(process.opened().length, 1);
    const reloaded = await connect();
    await joined(reloaded, { ...join, instance: "R".repeat(22) });
    await eventually(() => process.kinds().at(-1) === "close");
    assert.equal(app.deps.inference!.gateway.counts().streams, 0);
  });
}

Deno.test("SignalHub answers `unavailable` where this server runs no models", async () => {
  await using app = serveApp();
  await using owner = await openSocket(app.origin);
  await joined(owner, joinOf(newRoom(), "owner"));
  for (const body of [{ kind: "offer", sdp: "v=0" }, { kind: "close" }] as const) {
    await owner.sendText(JSON.stringify(aboutStream("S".repeat(22), body)));
  }
  await owner.sendText('{"type":"ping","nonce":1}');
  const answer = await owner.next();
  assert.ok(answer?.type === "inference" && answer.body.kind === "ended");
  assert.equal(answer.body.cause, "unavailable");
  assert.equal((await owner.next())?.type, "pong");
});
