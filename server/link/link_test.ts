import assert from "node:assert/strict";
import { type FromServerMessage, MAX_SIGNAL_BYTES, MESSAGE_BURST } from "@/protocol";
import { aboutStream, FakeProcess, SETTINGS } from "../streams/testing/fake_process.ts";
import { type RunningApp, serveApp } from "../testing/helpers.ts";
import { until } from "../testing/until.ts";
import {
  joinOf,
  type LinkClient,
  newRoom,
  type OpenClient,
  openPosts,
  openSocket,
  type RoomKeys,
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
  /** Connects and joins. */
  readonly admit: (join: unknown) => Promise<LinkClient>;
  /** The same, a room of its own unless one is given. */
  readonly enter: (role: "owner" | "viewer" | "phone", room?: RoomKeys) => Promise<LinkClient>;
}

/** Text as it is, anything else as JSON. */
function say(client: LinkClient, message: unknown): Promise<void> {
  return client.sendText(typeof message === "string" ? message : JSON.stringify(message));
}

async function joined(client: LinkClient, join: unknown) {
  await say(client, join);
  const answer = await client.next();
  assert.equal(answer?.type, "joined", JSON.stringify(answer));
  return answer as Extract<FromServerMessage, { type: "joined" }>;
}

/** The code with which the server refuses what it hears next, or has heard. */
async function refusal(client: LinkClient) {
  const answer = await client.next();
  assert.equal(answer?.type, "error", JSON.stringify(answer));
  return (answer as Extract<FromServerMessage, { type: "error" }>).code;
}

async function refused(client: LinkClient, message: unknown) {
  await say(client, message);
  return await refusal(client);
}

async function assertEnds(client: LinkClient, code: string): Promise<void> {
  assert.equal(await refusal(client), code);
  assert.equal(await client.next(), null);
}

async function assertPongs(client: LinkClient, nonce: number): Promise<void> {
  await say(client, { type: "ping", nonce });
  assert.deepEqual(await client.next(), { type: "pong", nonce });
}

const about = (body: Parameters<typeof aboutStream>[1]) => aboutStream("S".repeat(22), body);
const open = about({ kind: "settings", settings: SETTINGS });

for (const [name, openClient] of Object.entries(TRANSPORTS)) {
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
        const client = await openClient(app.origin);
        clients.push(client);
        return client;
      };
      const admit = async (join: unknown) => {
        const client = await connect();
        await joined(client, join);
        return client;
      };
      const enter: Scene["enter"] = (role, room = newRoom()) => admit(joinOf(room, role));
      try {
        await run({ app, process, connect, admit, enter });
      } finally {
        for (const client of clients) await client.drop();
        await until(() => app.deps.hub.counts().connections === 0);
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
    for (const sdp of ["v=0 1", "v=0 2"]) await say(owner, { type: "offer", sdp, ...to });
    const from = { from: ownerInfo.id, fromInstance: ownerInfo.instance };
    assert.deepEqual(await phone.next(), { type: "offer", sdp: "v=0 1", ...from });
    assert.deepEqual(await phone.next(), { type: "offer", sdp: "v=0 2", ...from });
  });

  test("tells left from lost", async ({ enter }) => {
    const room = newRoom();
    const owner = await enter("owner", room);
    const leaver = await enter("phone", room);
    await owner.next();
    await say(leaver, { type: "leave" });
    const left = await owner.next();
    assert.ok(left?.type === "peer-left" && left.reason === "left");
    assert.equal(await leaver.next(), null);

    const loser = await enter("phone", room);
    await owner.next();
    await loser.drop();
    const lost = await owner.next();
    assert.ok(lost?.type === "peer-left" && lost.reason === "lost");
  });

  test("closes behind a fatal refusal", async ({ connect, enter }) => {
    const room = newRoom();
    await enter("owner", room);
    const cases: [string, unknown][] = [
      ["bad-token", joinOf(room, "phone", { token: room.tokens.viewer })],
      ["bad-token", joinOf({ ...room, roomId: newRoom().roomId }, "owner")],
      ["unknown-room", joinOf(newRoom(), "phone")],
      ["bad-version", joinOf(room, "phone", { version: 0 })],
      ["bad-message", "no JSON"],
      ["bad-message", { type: "ping", nonce: 1 }],
      ["too-large", "x".repeat(MAX_SIGNAL_BYTES + 1)],
      // Bytes count, not characters.
      ["too-large", "é".repeat(MAX_SIGNAL_BYTES / 2 + 1)],
    ];
    for (const [code, message] of cases) {
      const client = await connect();
      await say(client, message);
      await assertEnds(client, code);
    }
  });

  test("keeps the session after a refusal that is not fatal", async ({ enter }) => {
    const owner = await enter("owner");
    const to = { to: "A".repeat(22), toInstance: "B".repeat(22) };
    assert.equal(await refused(owner, { type: "offer", sdp: "v=0", ...to }), "unknown-peer");
    assert.equal(await refused(owner, joinOf(newRoom(), "owner")), "not-allowed");
    await assertPongs(owner, 1);
  });

  test("replaces the older connection of the same page", async ({ admit }) => {
    const join = joinOf(newRoom(), "owner");
    const older = await admit(join);
    await admit(join);
    await assertEnds(older, "replaced");
  });

  test("refuses one connection too many of an address, and counts down again", async (scene) => {
    const { app, connect, enter } = scene;
    const room = newRoom();
    await enter("owner", room);
    const second = await enter("phone", room);
    const third = await connect();
    assert.equal(await refused(third, joinOf(room, "phone")), "too-many-sockets");
    await third.drop();
    await second.drop();
    await until(() => app.deps.hub.counts().connections === 1);
    await enter("phone", room);
  }, { PEERLENS_MAX_SOCKETS_PER_ADDRESS: "2" });

  test("tells a silent peer, and every one when the server closes", async ({ app, enter }) => {
    const silent = await enter("owner");
    app.deps.hub.sweep();
    await assertEnds(silent, "timeout");
    const owner = await enter("owner");
    app.deps.hub.close();
    await assertEnds(owner, "server-closing");
  });

  test("bounds the joins of an address, and says when to come again", async (scene) => {
    const { connect, enter } = scene;
    const room = newRoom();
    await enter("owner", room);
    for (let n = 0; n < 5; n++) {
      assert.equal(await refused(await connect(), joinOf(newRoom(), "phone")), "unknown-room");
    }
    const late = await connect();
    await say(late, joinOf(room, "phone"));
    const answer = await late.next();
    assert.ok(answer?.type === "error" && answer.code === "too-fast" && answer.fatal);
    assert.equal(answer.retryAfterMs, 1000);
  }, { PEERLENS_JOINS_PER_SECOND: "1" });

  test("gives an owner a code, and nobody else", async ({ enter }) => {
    const room = newRoom();
    const owner = await enter("owner", room);
    await say(owner, { type: "code-request" });
    const answer = await owner.next();
    assert.ok(answer?.type === "code" && answer.code.length === 6);
    const phone = await enter("phone", room);
    assert.equal(await refused(phone, { type: "code-request" }), "not-allowed");
  });

  test("ends all of a page that the owner sends away", async ({ process, enter }) => {
    const room = newRoom();
    const owner = await enter("owner", room);
    const viewer = await enter("viewer", room);
    const told = await owner.next();
    assert.ok(told?.type === "viewers" && told.viewers.length === 1);
    await say(viewer, open);
    assert.equal((await viewer.next())?.type, "inference");
    const [peer] = told.viewers;
    assert.equal(await refused(viewer, { type: "send-away", peer }), "not-allowed");
    await say(owner, { type: "send-away", peer });
    const refusal = await viewer.next();
    assert.ok(refusal?.type === "error" && refusal.code === "sent-away" && refusal.fatal);
    assert.equal(await viewer.next(), null);
    assert.deepEqual(await owner.next(), { type: "viewers", viewers: [] });
    assert.equal(process.sent.at(-1)?.json.kind, "close");
  });

  test("carries the streams of a viewer, and answers no one else", async ({ process, enter }) => {
    const room = newRoom();
    const owner = await enter("owner", room);
    const viewer = await enter("viewer", room);
    assert.equal((await owner.next())?.type, "viewers");
    for (const client of [owner, viewer]) {
      await say(client, open);
      const opened = { kind: "opened", modelId: "fake", runMs: 4, topic: 1 };
      assert.deepEqual(await client.next(), {
        type: "inference",
        stream: open.stream,
        body: opened,
      });
    }
    await say(viewer, about({ kind: "offer", sdp: "v=0 viewer" }));
    await say(viewer, about({ kind: "ice-candidate", candidate: null }));
    const answer = { kind: "answer", sdp: "v=0 viewer" };
    assert.deepEqual(await viewer.next(), { type: "inference", stream: open.stream, body: answer });
    await say(viewer, about({ kind: "close" }));
    const ended = { kind: "ended", cause: "closed" };
    assert.deepEqual(await viewer.next(), { type: "inference", stream: open.stream, body: ended });
    // The next thing that the owner hears is the answer to its own ping.
    await assertPongs(owner, 1);
    const [, second] = process.opened();
    const sent = process.sent.filter(({ json }) => "stream" in json && json.stream === second);
    assert.deepEqual(sent.map(({ json }) => json.kind), ["settings", "signal", "signal", "close"]);
  });

  test("keeps streams to viewers, and to the rate of all messages", async ({ process, enter }) => {
    const room = newRoom();
    const owner = await enter("owner", room);
    const phone = await enter("phone", room);
    await owner.next();
    assert.equal(await refused(phone, open), "not-allowed");
    assert.deepEqual(process.sent, []);
    for (let n = 1; n < MESSAGE_BURST; n++) {
      await say(owner, open);
      assert.equal((await owner.next())?.type, "inference");
    }
    await say(owner, open);
    await assertEnds(owner, "too-fast");
  });

  test("keeps a stream over a short loss, and ends it when the page is new", async (scene) => {
    const { app, process, admit } = scene;
    const join = joinOf(newRoom(), "owner");
    const first = await admit(join);
    await say(first, open);
    await first.next();
    await first.drop();
    await until(() => app.deps.hub.counts().peers === 0);
    const second = await admit(join);
    await say(second, open);
    await second.next();
    assert.equal(process.opened().length, 1);
    await admit({ ...join, instance: "R".repeat(22) });
    await until(() => process.kinds().at(-1) === "close");
    assert.equal(app.deps.inference!.gateway.counts().streams, 0);
  });
}

Deno.test("SignalHub answers `unavailable` where this server runs no models", async () => {
  await using app = serveApp();
  await using owner = await openSocket(app.origin);
  await joined(owner, joinOf(newRoom(), "owner"));
  await say(owner, about({ kind: "offer", sdp: "v=0" }));
  await say(owner, about({ kind: "close" }));
  await say(owner, { type: "ping", nonce: 1 });
  const answer = await owner.next();
  assert.ok(answer?.type === "inference" && answer.body.kind === "ended");
  assert.equal(answer.body.cause, "unavailable");
  assert.equal((await owner.next())?.type, "pong");
});
