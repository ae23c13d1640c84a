import assert from "node:assert/strict";
import type { EventOutcome, ZoneEvent } from "@/protocol";
import { FakeTimers } from "../base/testing/fake_timers.ts";
import { deliveryWords } from "./delivery_words.ts";
import { EventSender, MAX_WAITING } from "./event_sender.ts";
import type { DeliveryView } from "./zones_state.ts";

function eventOf(number: number): ZoneEvent {
  return {
    id: `event-${String(number).padStart(16, "0")}`,
    kind: "enter",
    lost: false,
    zone: { id: "z1", name: "Door" },
    label: "person",
    track_id: 1,
    score: 0.5,
    box: { xmin: 0, ymin: 0, xmax: 1, ymax: 1 },
    capture_ts: 1,
    capture_clock: "receiveTime",
    clock_error_ms: null,
    model_id: null,
    snapshot: null,
  };
}

/** A server of few words: what it answers to a POST, and what became of events. */
function setUp() {
  const timers = new FakeTimers();
  const server = {
    post: (_signal: AbortSignal | null): Promise<Response> =>
      Promise.resolve(new Response("{}", { status: 202 })),
    outcomes: [] as EventOutcome[],
    posted: [] as string[],
    asked: 0,
  };
  const deliveries = new Map<string, DeliveryView>();
  const sender = new EventSender({
    timers,
    fetch: (url, init) => {
      assert.equal(url, "/api/rooms/r/events");
      assert.equal((init.headers as Record<string, string>)["Authorization"], "Bearer key");
      if (init.method === "GET") {
        server.asked += 1;
        return Promise.resolve(Response.json({ outcomes: server.outcomes }));
      }
      server.posted.push(JSON.parse(String(init.body)).id);
      return server.post(init.signal ?? null);
    },
    url: "/api/rooms/r/events",
    token: "key",
    onDelivery: (id, delivery) => deliveries.set(id, delivery),
  });
  const words = (number: number) => deliveryWords(deliveries.get(eventOf(number).id)!);
  return { timers, server, sender, deliveries, words };
}

/** Promises of `Response` bodies settle later than those of {@linkcode FakeTimers}. */
async function pass(timers: FakeTimers, ms: number): Promise<void> {
  await timers.advance(ms);
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve));
  await timers.advance(0);
}

Deno.test("EventSender sends nothing before it is switched on, and nothing after", async () => {
  const { timers, server, sender, deliveries, words } = setUp();
  sender.add(eventOf(1));
  await pass(timers, 60_000);
  assert.deepEqual([server.posted, deliveries.size], [[], 0]);
  const first = Promise.withResolvers<Response>();
  let signal: AbortSignal | null = null;
  server.post = (given) => {
    signal = given;
    return first.promise;
  };
  sender.set(true);
  sender.add(eventOf(2));
  sender.add(eventOf(3));
  sender.set(false);
  assert.ok(signal!.aborted);
  first.reject(new DOMException("aborted", "AbortError"));
  await pass(timers, 60_000);
  assert.deepEqual(server.posted, [eventOf(2).id]);
  assert.match(words(2)!, /switched off/);
  assert.match(words(3)!, /switched off/);
  sender.add(eventOf(4));
  await pass(timers, 60_000);
  assert.equal(server.posted.length, 1);
  sender.set(true);
  server.post = () => Promise.resolve(new Response("{}", { status: 202 }));
  sender.add(eventOf(5));
  await pass(timers, 0);
  assert.equal(server.posted.at(-1), eventOf(5).id);
});

Deno.test("EventSender says what the webhook said, and asks no longer than it has to", async () => {
  const { timers, server, sender, words } = setUp();
  sender.set(true);
  for (const number of [1, 2, 3]) sender.add(eventOf(number));
  await pass(timers, 0);
  assert.equal(words(1), "Sending …");
  server.outcomes = [
    { id: eventOf(1).id, state: "delivered", status: 200 },
    { id: eventOf(2).id, state: "waiting" },
    { id: eventOf(3).id, state: "lost", cause: "redirected", status: 301 },
    { id: eventOf(9).id, state: "delivered", status: 200 },
  ];
  await pass(timers, 2_000);
  assert.equal(words(1), "Delivered");
  assert.equal(words(2), "Sending …");
  assert.match(words(3)!, /^Not delivered\. The webhook redirected it.*301\)\.$/);
  for (let time = 0; time < 100; time++) await pass(timers, 1_500);
  assert.equal(words(2), "Sending …", "it waits behind others, and the server says so");
  server.outcomes = [];
  await pass(timers, 130_000);
  await pass(timers, 2_000);
  assert.match(words(2)!, /did not report/);
  const { asked } = server;
  await pass(timers, 60_000);
  assert.equal(server.asked, asked);
  assert.equal(timers.pending, 0);
});

Deno.test("EventSender tries a server again that is away or busy, and believes a refusal", async () => {
  const { timers, server, sender, words } = setUp();
  sender.set(true);
  const answers = [
    () => Promise.reject(new TypeError("network")),
    () => Promise.resolve(Response.json({ message: "Too many" }, { status: 429 })),
    () => Promise.resolve(new Response("{}", { status: 202 })),
  ];
  server.post = () => answers.shift()!();
  sender.add(eventOf(1));
  await pass(timers, 1_000);
  await pass(timers, 3_000);
  assert.equal(server.posted.length, 3);
  assert.equal(words(1), "Sending …");
  const message = "This server does not send events: start it with --webhook";
  server.post = () => Promise.resolve(Response.json({ message }, { status: 401 }));
  sender.add(eventOf(2));
  await pass(timers, 0);
  assert.equal(words(2), `Not delivered. ${message}.`);
  server.post = () => Promise.reject(new TypeError("network"));
  sender.add(eventOf(3));
  for (const ms of [1_000, 3_000, 0]) await pass(timers, ms);
  assert.match(words(3)!, /could not be reached/);
});

Deno.test("EventSender: of too many the oldest that wait go", async () => {
  const { timers, server, sender, words } = setUp();
  sender.set(true);
  server.post = () => new Promise(() => {});
  for (let number = 0; number < MAX_WAITING + 3; number++) sender.add(eventOf(number));
  await pass(timers, 0);
  assert.equal(words(0), "Sending …");
  assert.match(words(1)!, /Too many/);
  assert.match(words(2)!, /Too many/);
  assert.equal(words(3), "Sending …");
});
