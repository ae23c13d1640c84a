import assert from "node:assert/strict";
import { FRAME_HEADER_BYTES, MAX_JPEG_BYTES } from "@/protocol";
import {
  joinOf,
  type OpenClient,
  openPosts,
  openSocket,
  PageClient,
} from "../link/testing/link_clients.ts";
import { fakeFrame } from "../relay/testing/fake_relay.ts";
import { type RunningApp, serveApp } from "../testing/helpers.ts";
import { aboutStream, FakeProcess, SETTINGS } from "./testing/fake_process.ts";
import { openStreamingPage } from "./testing/pages.ts";

/** Frames of server mode on the bulk link. */

interface Scene {
  readonly app: RunningApp;
  readonly process: FakeProcess;
}

async function withApp(run: (scene: Scene) => Promise<void>): Promise<void> {
  const process = new FakeProcess();
  await using app = serveApp({ process });
  process.worksFor(app.deps.inference!.gateway);
  await run({ app, process });
}

const messages = (process: FakeProcess) =>
  process.kinds().filter((kind) => kind === "message").length;

const TRANSPORTS: Readonly<Record<string, OpenClient>> = {
  WebSocket: openSocket,
  "stream and POST": openPosts,
};

for (const [name, open] of Object.entries(TRANSPORTS)) {
  Deno.test(`frames over ${name}: chunks go up and results down, on the stream's topic`, () =>
    withApp(async ({ app, process }) => {
      await using page = await openStreamingPage(app.origin, { open });
      const frames = await page.openFrames();
      await frames.send("ping");
      assert.equal(await frames.next(), '{"frame_id":"ping"}');
      await frames.send(new Uint8Array(MAX_JPEG_BYTES + FRAME_HEADER_BYTES));
      assert.equal(await frames.next(), '{"frame_id":"null"}');
      assert.equal(process.sent.at(-1)!.bytes, MAX_JPEG_BYTES + FRAME_HEADER_BYTES);
    }));

  Deno.test(`frames over ${name}: what is too large closes the bulk link, not the stream`, () =>
    withApp(async ({ app, process }) => {
      await using page = await openStreamingPage(app.origin, { open });
      for (const data of ["x".repeat(257), new Uint8Array(MAX_JPEG_BYTES + 37)]) {
        const frames = await page.openFrames();
        await frames.send(data);
        assert.equal(await frames.next(), "closed too-large");
        await page.page.dropBulk();
      }
      assert.equal(messages(process), 0);
      const frames = await page.openFrames();
      await frames.send("ping");
      assert.equal(await frames.next(), '{"frame_id":"ping"}');
    }));
}

Deno.test("frames: what comes too fast is lost and counted, and the link stays open", () =>
  withApp(async ({ app, process }) => {
    await using page = await openStreamingPage(app.origin);
    const frames = await page.openFrames();
    for (let n = 0; n < 2_000; n++) await frames.send(new Uint8Array(37));
    const lost = () => app.deps.hub.signals.recordsLost;
    while (lost() + messages(process) < 2_000) await new Promise((r) => setTimeout(r, 5));
    assert.ok(lost() > 500, `${lost()} lost`);
    await frames.bulk.sendText('{"type":"ping","nonce":1}');
    assert.equal((await frames.bulk.next())?.type, "pong");
  }));

Deno.test("frames: two viewers are kept apart, whatever their streams and topics are called", () =>
  withApp(async ({ app }) => {
    await using anna = await openStreamingPage(app.origin);
    await using ben = await openStreamingPage(app.origin);
    assert.equal(anna.topic, ben.topic);
    const [annas, bens] = [await anna.openFrames(), await ben.openFrames()];
    await annas.send("anna");
    assert.equal(await annas.next(), '{"frame_id":"anna"}');
    await bens.send("ben");
    assert.equal(await bens.next(), '{"frame_id":"ben"}');
  }));

Deno.test("frames: of a stream that has ended nothing is taken, and the link goes on", () =>
  withApp(async ({ app, process }) => {
    await using page = await openStreamingPage(app.origin);
    const frames = await page.openFrames();
    const [key] = process.opened();
    app.deps.inference!.gateway.onMessage({ kind: "ended", stream: key!, cause: "closed" });
    await frames.send("late");
    await frames.bulk.sendText('{"type":"ping","nonce":1}');
    assert.equal((await frames.bulk.next())?.type, "pong");
    assert.equal(messages(process), 0);
  }));

Deno.test("frames: a bulk link counts with all other connections of the address", () =>
  withApp(async ({ app }) => {
    await using page = await openStreamingPage(app.origin);
    await page.openFrames();
    const { hub } = app.deps;
    assert.deepEqual([hub.counts().connections, hub.counts().bulkLinks], [2, 1]);
    await page.page.dropBulk();
    while (hub.counts().connections > 1) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(hub.counts().bulkLinks, 0);
  }));

Deno.test("relayed pictures go to the streams that want them, and nothing else does", () =>
  withApp(async ({ app, process }) => {
    await using owner = await openStreamingPage(app.origin);
    await using phone = await PageClient.join(app.origin, joinOf(owner.room, "phone"));
    await using other = await PageClient.join(app.origin, joinOf(owner.room, "viewer"));
    const { id, instance } = phone.self;
    const open = { type: "relay", body: { kind: "open", phone: id, phoneInstance: instance } };
    const stream = "R".repeat(22);
    const relayed = { phone: id, clockOffsetMs: -5, minIntervalMs: 10_000 };
    const wanted = { kind: "settings", settings: SETTINGS, relayed } as Parameters<
      typeof aboutStream
    >[1];
    await owner.page.say(aboutStream(stream, wanted));
    const opened = await owner.next();
    assert.ok(opened.kind === "opened");
    // Only the owner looks at the phone through the server: the other's stream gets nothing.
    await other.say(aboutStream(stream, wanted));
    await other.next("inference");
    await owner.page.say(open);
    const topicOf = async (page: PageClient) => {
      const { body } = await page.next("relay");
      assert.ok(body.kind === "topic");
      await (await page.bulk()).send(body.topic, JSON.stringify({ type: "ready" }));
      return body.topic;
    };
    const viewerTopic = await topicOf(owner.page);
    const phoneTopic = await topicOf(phone);
    await (await phone.bulk()).send(phoneTopic, fakeFrame(7));
    const bulk = await owner.page.bulk();
    // The picture first, then what was found on it.
    assert.equal((await bulk.nextData())?.topic, viewerTopic);
    assert.deepEqual(await bulk.nextData(), { topic: opened.topic, data: '{"frame_id":"null"}' });
    assert.equal(messages(process), 1);
    const { json, bytes } = process.sent.at(-1)!;
    assert.ok(json.kind === "message");
    assert.equal(json.stream, process.opened()[1]);
    assert.equal(bytes, FRAME_HEADER_BYTES + 100);
    // Another one within the interval is shown, and not examined.
    await (await phone.bulk()).send(phoneTopic, fakeFrame(8));
    assert.equal((await bulk.nextData())?.topic, viewerTopic);
    assert.equal(messages(process), 1);
    // The page itself may not put frames among them.
    await bulk.send(opened.topic, new Uint8Array(100));
    await bulk.send(opened.topic, "ping");
    assert.equal((await bulk.nextData())?.data, '{"frame_id":"ping"}');
    assert.equal(messages(process), 2);
  }));
