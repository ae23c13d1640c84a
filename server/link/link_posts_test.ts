import assert from "node:assert/strict";
import {
  encodeRecord,
  type FromServerMessage,
  LINK_HEADER,
  LINK_TOPIC,
  MAX_RECORD_BYTES,
  parseFromServer,
  RecordReader,
} from "@/protocol";
import { appDeps, visitorAt } from "../testing/helpers.ts";
import { joinOf, newRoom } from "./testing/link_clients.ts";
import { MAX_CONTROL_BACKLOG_BYTES } from "./limits.ts";
import { LinkPosts } from "./link_posts.ts";

/** What HTTP does not let a test hold still: pages that do not read, and bodies that do not end. */

const ORIGIN = "http://localhost:3000";

function posts() {
  const { hub } = appDeps({ now: () => 0 });
  const server = new LinkPosts(hub);
  const join = async (message: ReturnType<typeof joinOf>) => {
    const first = encodeRecord(LINK_TOPIC, JSON.stringify(message));
    const request = new Request(ORIGIN, { method: "POST", body: first });
    const { body, headers } = await server.stream(request, visitorAt("192.168.1.30"));
    const reader = body!.getReader();
    const waiting: FromServerMessage[] = [];
    const records = new RecordReader(
      MAX_RECORD_BYTES,
      ({ data }) => waiting.push(parseFromServer(String(data))),
    );
    const next = async () => {
      while (waiting.length === 0) {
        const { value } = await reader.read();
        if (value === undefined) return null;
        records.push(value);
      }
      return JSON.stringify(waiting.shift());
    };
    const { self } = JSON.parse((await next())!);
    const sendBody = (body: BodyInit) =>
      server.send(
        new Request(ORIGIN, {
          method: "POST",
          body,
          headers: { [LINK_HEADER]: headers.get(LINK_HEADER)! },
        }),
      );
    const send = (text: string) => sendBody(encodeRecord(LINK_TOPIC, text));
    return { reader, self, next, send, sendBody };
  };
  return { hub, join };
}

async function twoPages() {
  const { hub, join } = posts();
  const room = newRoom();
  const owner = await join(joinOf(room, "owner"));
  const phone = await join(joinOf(room, "phone"));
  const offer = JSON.stringify({
    type: "offer",
    sdp: "x".repeat(40_000),
    to: owner.self.id,
    toInstance: owner.self.instance,
  });
  return { hub, owner, phone, offer };
}

Deno.test("LinkPosts drops what waits for a page that does not read, and its connection", async () => {
  const { hub, owner, phone, offer } = await twoPages();
  const most = Math.ceil(MAX_CONTROL_BACKLOG_BYTES / offer.length) + 1;
  for (let n = 0; n < most; n++) await (await phone.send(offer)).body?.cancel();
  assert.equal(hub.counts().connections, 1);
  await assert.rejects(owner.reader.read(), /not read/);
  assert.equal((await owner.send('{"type":"ping","nonce":1}')).status, 410);
  await phone.reader.cancel();
});

Deno.test("LinkPosts counts a page that left for as long as its last words wait", async () => {
  const { hub, owner, phone, offer } = await twoPages();
  await phone.send(offer);
  assert.equal((await owner.send('{"type":"leave"}')).status, 204);
  assert.equal(hub.counts().connections, 2);
  assert.match((await owner.next())!, /peer-joined/);
  assert.match((await owner.next())!, /xxxx/);
  assert.equal(await owner.next(), null);
  assert.equal(hub.counts().connections, 1);
  await phone.reader.cancel();
});

Deno.test("LinkPosts reads one body of a session at a time, so that nobody fills the memory", async () => {
  const { hub, join } = posts();
  const owner = await join(joinOf(newRoom(), "owner"));
  const ping = (nonce: number) => JSON.stringify({ type: "ping", nonce });
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const slow = owner.sendBody(body.readable);
  const refused = await owner.send(ping(1));
  assert.deepEqual([refused.status, (await refused.json()).code], [429, "too-fast"]);
  const writer = body.writable.getWriter();
  await writer.write(encodeRecord(LINK_TOPIC, ping(2)));
  await writer.close();
  assert.equal((await slow).status, 204);
  assert.equal((await owner.send(ping(3))).status, 204);
  // The one that was refused was not heard, and the session went on.
  for (const nonce of [2, 3]) assert.match((await owner.next())!, new RegExp(`"nonce":${nonce}}`));
  await owner.reader.cancel();
  assert.equal(hub.counts().connections, 0);
});

Deno.test("LinkPosts stops reading a body that is too large", async () => {
  const { join } = posts();
  const owner = await join(joinOf(newRoom(), "owner"));
  let given = 0;
  const stopped = Promise.withResolvers<void>();
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      given += 1;
      controller.enqueue(new Uint8Array(64 * 1024));
    },
    cancel: () => stopped.resolve(),
  });
  assert.equal((await owner.sendBody(endless)).status, 413);
  await stopped.promise;
  assert.ok(given < 10, String(given));
  assert.match((await owner.next())!, /too-large/);
  assert.equal(await owner.next(), null);
});

Deno.test("LinkPosts refuses half a record by name, and all that comes after", async () => {
  const { join } = posts();
  const owner = await join(joinOf(newRoom(), "owner"));
  const whole = encodeRecord(LINK_TOPIC, '{"type":"ping","nonce":1}');
  const both = new Uint8Array([...whole, ...whole.subarray(0, 9)]);
  const answer = await owner.sendBody(both);
  assert.deepEqual([answer.status, (await answer.json()).code], [400, "bad-message"]);
  // What was whole before it was taken.
  assert.match((await owner.next())!, /"pong"/);
  assert.match((await owner.next())!, /bad-message/);
  assert.equal(await owner.next(), null);
  assert.equal((await owner.sendBody(whole)).status, 410);
});
