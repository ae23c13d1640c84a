import assert from "node:assert/strict";
import { memoryLog } from "../testing/helpers.ts";
import { eventOf, openReceiver, ROOM } from "./testing/receiver.ts";
import { MAX_QUEUE, Webhook, type WebhookOptions } from "./webhook.ts";
import { toWebhook } from "../base/webhook_config.ts";

const SECRET = "a-secret-of-the-tests";
const NOW_MS = 1_790_000_123_456;

/** A webhook to a real receiver, whose pauses do not last but are noted. */
function setUp(url: string, options: Partial<WebhookOptions> = {}) {
  const lines: string[] = [];
  const pausesMs: number[] = [];
  const webhook = new Webhook({
    config: toWebhook({ source: "--webhook", value: url }, SECRET)!,
    log: memoryLog(lines),
    now: () => NOW_MS,
    pause: (ms) => {
      pausesMs.push(ms);
      return Promise.resolve();
    },
    ...options,
  });
  return { webhook, lines, pausesMs };
}

async function settled(webhook: Webhook): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (webhook.counts.waiting > 0) {
    if (performance.now() > deadline) throw new Error("the queue does not empty");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The signature as any receiver would check it, by another implementation than the product's. */
async function isSignedBy(secret: string, headers: Headers, text: string): Promise<boolean> {
  const bytes = (value: string) => new TextEncoder().encode(value);
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", bytes(secret), algorithm, false, ["verify"]);
  const [, hex = ""] = headers.get("x-peerlens-signature")!.match(/^sha256=([0-9a-f]{64})$/) ?? [];
  const mac = Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const signed = bytes(`${headers.get("x-peerlens-timestamp")}.${text}`);
  return await crypto.subtle.verify("HMAC", key, mac, signed);
}

Deno.test("Webhook posts the event, signed, under the room's other name", async () => {
  await using receiver = openReceiver(() => new Response("ok"));
  const { webhook, lines } = setUp(receiver.url);
  webhook.offer(ROOM, eventOf(1));
  await settled(webhook);
  const [{ headers, text } = assert.fail()] = receiver.requests;
  const { type, room, ...event } = JSON.parse(text);
  assert.deepEqual(event, eventOf(1));
  assert.equal(type, "zone-event");
  assert.match(room, /^[0-9a-f]{16}$/);
  assert.ok(!text.includes(ROOM));
  assert.equal(headers.get("content-type"), "application/json");
  assert.equal(headers.get("x-peerlens-event"), eventOf(1).id);
  assert.equal(headers.get("x-peerlens-timestamp"), String(Math.floor(NOW_MS / 1000)));
  assert.ok(await isSignedBy(SECRET, headers, text));
  assert.ok(!await isSignedBy(SECRET, headers, text.replace("person", "dog")));
  assert.ok(!await isSignedBy("another-secret-of-it", headers, text));
  assert.deepEqual(webhook.outcomes(ROOM), [{ id: event.id, state: "delivered", status: 200 }]);
  webhook.close();
  const log = lines.join("");
  assert.match(log, /webhook works.*webhook counts.*"delivered":1/s);
  for (const secret of [SECRET, ROOM, "/in", eventOf().snapshot!.data]) {
    assert.ok(!log.includes(secret));
  }
});

Deno.test("Webhook without a secret sends no signature, and the same room has the same name", async () => {
  await using receiver = openReceiver(() => new Response(null, { status: 204 }));
  const config = toWebhook({ source: "--webhook", value: receiver.url }, undefined)!;
  const { webhook } = setUp(receiver.url, { config });
  webhook.offer(ROOM, eventOf(1));
  webhook.offer(ROOM, eventOf(1));
  webhook.offer(ROOM, eventOf(2, { snapshot: null }));
  await settled(webhook);
  webhook.offer(ROOM, eventOf(2));
  await settled(webhook);
  assert.equal(receiver.requests.length, 2, "no event goes twice");
  assert.equal(receiver.requests[0]!.headers.get("x-peerlens-signature"), null);
  const rooms = receiver.requests.map(({ text }) => JSON.parse(text).room);
  assert.equal(rooms[0], rooms[1]);
});

Deno.test("Webhook tries again at 500, 429 and 408, later and later, or when it is told to", async () => {
  const answers = [
    new Response("no", { status: 500 }),
    new Response("slowly", { status: 429, headers: { "Retry-After": "7" } }),
    new Response("late", { status: 408 }),
    new Response("ok"),
  ];
  await using receiver = openReceiver((index) => answers[index]!);
  const { webhook, pausesMs } = setUp(receiver.url);
  webhook.offer(ROOM, eventOf());
  await settled(webhook);
  assert.deepEqual(pausesMs, [1_000, 7_000, 9_000]);
  assert.equal(webhook.outcomes(ROOM)[0]!.state, "delivered");
  const ids = receiver.requests.map(({ headers }) => headers.get("x-peerlens-event"));
  assert.equal(new Set(ids).size, 1, "a receiver can tell that it is the same event");
});

Deno.test("Webhook gives up after four tries, and goes on with the next event", async () => {
  await using receiver = openReceiver((index) =>
    new Response(null, { status: index < 4 ? 503 : 200, headers: { "Retry-After": "999999" } })
  );
  const { webhook, pausesMs, lines } = setUp(receiver.url);
  webhook.offer(ROOM, eventOf(1));
  webhook.offer(ROOM, eventOf(2));
  await settled(webhook);
  assert.deepEqual(pausesMs, [30_000, 30_000, 30_000], "nobody may hold the queue up for longer");
  assert.deepEqual(webhook.outcomes(ROOM), [
    { id: eventOf(1).id, state: "lost", cause: "failing", status: 503 },
    { id: eventOf(2).id, state: "delivered", status: 200 },
  ]);
  const { delivered, lost } = webhook.counts;
  assert.deepEqual([delivered, lost.failing], [1, 1]);
  assert.match(lines.join(""), /webhook fails.*failing.*webhook works/s);
});

Deno.test("Webhook takes a refusal for what it is, and follows no redirect", async () => {
  await using elsewhere = openReceiver(() => new Response("thanks"));
  for (
    const [status, cause] of [[400, "refused"], [404, "refused"], [301, "redirected"], [
      307,
      "redirected",
    ]] as const
  ) {
    await using receiver = openReceiver(() =>
      new Response(null, { status, headers: { Location: elsewhere.url } })
    );
    const { webhook, pausesMs } = setUp(receiver.url);
    webhook.offer(ROOM, eventOf());
    await settled(webhook);
    assert.equal(receiver.requests.length, 1);
    assert.deepEqual(pausesMs, []);
    assert.deepEqual(webhook.outcomes(ROOM), [{ id: eventOf().id, state: "lost", cause, status }]);
  }
  assert.equal(elsewhere.requests.length, 0);
});

Deno.test("Webhook does not wait for a slow receiver, nor for one that is down", async () => {
  const waiting: PromiseWithResolvers<Response>[] = [];
  await using receiver = openReceiver(() => {
    const slow = Promise.withResolvers<Response>();
    waiting.push(slow);
    return slow.promise;
  });
  const slow = setUp(receiver.url, { timeoutMs: 50 });
  slow.webhook.offer(ROOM, eventOf());
  await settled(slow.webhook);
  assert.equal(receiver.requests.length, 4);
  assert.deepEqual(slow.webhook.outcomes(ROOM)[0], {
    id: eventOf().id,
    state: "lost",
    cause: "timeout",
    status: null,
  });
  for (const { resolve } of waiting) resolve(new Response());

  const url = receiver.url;
  await receiver[Symbol.asyncDispose]();
  const down = setUp(url);
  down.webhook.offer(ROOM, eventOf());
  await settled(down.webhook);
  assert.equal(down.webhook.counts.lost.unreachable, 1);
  assert.deepEqual(down.pausesMs, [1_000, 3_000, 9_000]);
});

Deno.test("Webhook: of too many events the oldest that wait go, and are counted; the end is, too", async () => {
  const first = Promise.withResolvers<Response>();
  await using receiver = openReceiver((index) => index === 0 ? first.promise : new Response());
  const { webhook } = setUp(receiver.url);
  const count = MAX_QUEUE + 11;
  for (let number = 0; number < count; number++) webhook.offer(ROOM, eventOf(number));
  // One is on its way, as many as may wait.
  assert.equal(webhook.counts.waiting, MAX_QUEUE + 1);
  assert.equal(webhook.counts.lost.overflow, 10);
  first.resolve(new Response());
  await settled(webhook);
  assert.equal(webhook.counts.delivered, count - 10);
  const ids = receiver.requests.map(({ text }) => JSON.parse(text).id);
  const kept = [0, ...Array.from({ length: MAX_QUEUE }, (_, index) => index + 11)];
  assert.deepEqual(ids, kept.map((number) => eventOf(number).id));
});

Deno.test("Webhook: a room's flood costs another room no event, and not its turn", async () => {
  const first = Promise.withResolvers<Response>();
  await using receiver = openReceiver((index) => index === 0 ? first.promise : new Response());
  const { webhook } = setUp(receiver.url);
  const other = "s".repeat(22) as typeof ROOM;
  for (let number = 0; number < 200; number++) webhook.offer(other, eventOf(number));
  for (let number = 200; number < 225; number++) webhook.offer(ROOM, eventOf(number));
  for (let number = 300; number < 500; number++) webhook.offer(other, eventOf(number));
  first.resolve(new Response());
  await settled(webhook);
  const states = webhook.outcomes(ROOM).map(({ state }) => state);
  assert.deepEqual(states, Array(25).fill("delivered"));
  const ids = receiver.requests.slice(1, 51).map(({ text }) => JSON.parse(text).id);
  assert.equal(
    ids.filter((id) => webhook.outcomes(ROOM).some((event) => event.id === id)).length,
    25,
  );
});

Deno.test("Webhook: at the end nothing is sent any more, and what waited is counted", async () => {
  const never = Promise.withResolvers<Response>();
  await using receiver = openReceiver(() => never.promise);
  const { webhook, lines } = setUp(receiver.url);
  for (let number = 0; number < 3; number++) webhook.offer(ROOM, eventOf(number));
  while (receiver.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  webhook.close();
  await settled(webhook);
  webhook.offer(ROOM, eventOf(9));
  assert.equal(webhook.counts.lost.closed, 4);
  assert.equal(receiver.requests.length, 1);
  assert.match(lines.join(""), /"closed":2/);
  never.resolve(new Response());
});
