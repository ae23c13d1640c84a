import assert from "node:assert/strict";
import { appDeps, visitorAt } from "../test_helpers.ts";
import { joinOf, newRoom } from "./carrier_clients.ts";
import { MAX_BACKLOG_BYTES } from "./session.ts";
import { SESSION_HEADER, SseCarrier } from "./sse.ts";

/** What HTTP does not let a test hold still: pages that do not read, and bodies that do not end. */

const ORIGIN = "http://localhost:3000";

function carrier() {
  const { hub } = appDeps({ now: () => 0 });
  const sse = new SseCarrier(hub);
  const join = async (message: ReturnType<typeof joinOf>) => {
    const request = new Request(ORIGIN, { method: "POST", body: JSON.stringify(message) });
    const { body } = await sse.stream(request, visitorAt("192.168.1.30"));
    const reader = body!.getReader();
    const next = async () => {
      const { value } = await reader.read();
      return value === undefined ? null : new TextDecoder().decode(value);
    };
    const session = (await next())!.match(/data: (\S+)/)![1]!;
    const self = JSON.parse((await next())!.replace("data: ", "")).self;
    const send = (body: BodyInit) =>
      sse.send(
        new Request(ORIGIN, { method: "POST", body, headers: { [SESSION_HEADER]: session } }),
      );
    return { reader, self, next, send };
  };
  return { hub, join };
}

async function twoPages() {
  const { hub, join } = carrier();
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

Deno.test("SseCarrier drops what waits for a page that does not read, and its connection", async () => {
  const { hub, owner, phone, offer } = await twoPages();
  const most = Math.ceil(MAX_BACKLOG_BYTES / offer.length) + 1;
  for (let n = 0; n < most; n++) await (await phone.send(offer)).body?.cancel();
  assert.equal(hub.counts().wires, 1);
  await assert.rejects(owner.reader.read(), /not read/);
  assert.equal((await owner.send('{"type":"ping","nonce":1}')).status, 410);
  await phone.reader.cancel();
});

Deno.test("SseCarrier counts a page that left for as long as its last words wait", async () => {
  const { hub, owner, phone, offer } = await twoPages();
  await phone.send(offer);
  assert.equal((await owner.send('{"type":"leave"}')).status, 204);
  assert.equal(hub.counts().wires, 2);
  assert.match((await owner.next())!, /peer-joined/);
  assert.match((await owner.next())!, /xxxx/);
  assert.equal(await owner.next(), null);
  assert.equal(hub.counts().wires, 1);
  await phone.reader.cancel();
});

Deno.test("SseCarrier reads one body of a session at a time, so that nobody fills the memory", async () => {
  const { hub, join } = carrier();
  const owner = await join(joinOf(newRoom(), "owner"));
  const ping = (nonce: number) => JSON.stringify({ type: "ping", nonce });
  const body = new TransformStream<Uint8Array, Uint8Array>();
  const slow = owner.send(body.readable);
  const refused = await owner.send(ping(1));
  assert.deepEqual([refused.status, (await refused.json()).code], [429, "too-fast"]);
  const writer = body.writable.getWriter();
  await writer.write(new TextEncoder().encode(ping(2)));
  await writer.close();
  assert.equal((await slow).status, 204);
  assert.equal((await owner.send(ping(3))).status, 204);
  // The one that was refused was not heard, and the session went on.
  for (const nonce of [2, 3]) assert.match((await owner.next())!, new RegExp(`"nonce":${nonce}}`));
  await owner.reader.cancel();
  assert.equal(hub.counts().wires, 0);
});

Deno.test("SseCarrier stops reading a body that is too large", async () => {
  const { join } = carrier();
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
  assert.equal((await owner.send(endless)).status, 413);
  await stopped.promise;
  assert.ok(given < 10, String(given));
  assert.match((await owner.next())!, /too-large/);
  assert.equal(await owner.next(), null);
});
