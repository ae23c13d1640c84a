import assert from "node:assert/strict";
import {
  MAX_EVENT_BYTES,
  MAX_SNAPSHOT_BYTES,
  parseEventOutcomes,
  parseZoneEvent,
  type ZoneEvent,
} from "@/protocol";
import { createApp } from "../app.ts";
import { COOKIE_NAME, PasswordGate } from "../password/gate.ts";
import { joinOf, newRoom } from "../link/testing/link_clients.ts";
import { openTestLink } from "../link/testing/test_link.ts";
import { appDeps, memoryLog, visitorAt } from "../testing/helpers.ts";
import { eventOf, openReceiver } from "./testing/receiver.ts";
import { Webhook } from "./webhook.ts";
import { toWebhook } from "../base/webhook_config.ts";

/** An app with one room, whose events go to `url`. */
function scene(url: string | null) {
  const config = toWebhook({ source: "--webhook", value: url ?? undefined }, undefined);
  const webhook = config && new Webhook({ config, log: memoryLog() });
  const deps = appDeps(webhook ? { webhook } : {});
  const room = newRoom();
  openTestLink(deps.hub, visitorAt("127.0.0.1")).say(joinOf(room, "owner"));
  const app = createApp(deps);
  const ask = (init: RequestInit, { id = room.roomId as string, address = "127.0.0.1" } = {}) =>
    app.request(new URL(`/api/rooms/${id}/events`, "http://localhost:3000"), init, { address });
  const post = (
    body: BodyInit = JSON.stringify(eventOf()),
    { token = room.tokens.owner as string, type = "application/json", ...to } = {} as {
      token?: string;
      type?: string;
      id?: string;
      address?: string;
    },
  ) => {
    const headers = { Authorization: `Bearer ${token}`, "Content-Type": type };
    return ask({ method: "POST", headers, body }, to);
  };
  const get = async (token = room.tokens.owner as string) => {
    const response = await ask({ headers: { Authorization: `Bearer ${token}` } });
    return { status: response.status, body: await response.json() };
  };
  return { room, webhook, app, post, get };
}

async function codeOf(response: Response): Promise<string> {
  return `${response.status} ${(await response.json()).code}`;
}

Deno.test("events of the owner's page go to the receiver, and the page learns what it said", async () => {
  await using receiver = openReceiver((index) =>
    new Response(null, { status: index === 0 ? 200 : 410 })
  );
  const { post, get, app, webhook } = scene(receiver.url);
  assert.equal((await post()).status, 202);
  assert.equal((await post(JSON.stringify(eventOf(2)))).status, 202);
  while (webhook!.counts.waiting > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(receiver.requests.length, 2);
  const { body } = await get();
  assert.deepEqual(parseEventOutcomes(body), [
    { id: eventOf(1).id, state: "delivered", status: 200 },
    { id: eventOf(2).id, state: "lost", cause: "refused", status: 410 },
  ]);
  const health = await (await app.request("http://localhost:3000/healthz", {}, {
    address: "127.0.0.1",
  })).json();
  assert.deepEqual([health.webhook.delivered, health.webhook.lost.refused], [1, 1]);
});

Deno.test("only the owner may have events sent, and only those of the own room", async () => {
  await using receiver = openReceiver(() => new Response());
  const { room, post, get } = scene(receiver.url);
  const { viewer, phone } = room.tokens;
  for (const token of [viewer, phone, newRoom().tokens.owner, "guess"]) {
    assert.equal(await codeOf(await post(undefined, { token })), "401 bad-token");
    assert.equal((await get(token)).status, 401);
  }
  assert.equal(await codeOf(await post(undefined, { id: newRoom().roomId })), "401 bad-token");
  assert.equal(receiver.requests.length, 0);
});

Deno.test("nobody's events are signed who is neither at this computer nor signed in, owner or not", async () => {
  await using receiver = openReceiver(() => new Response());
  const { post, room, app, webhook } = scene(receiver.url);
  const far = { address: "192.168.1.66" };
  assert.equal(await codeOf(await post(undefined, far)), "403 not-allowed");
  const config = async (address: string) =>
    await (await app.request("https://192.168.1.20:3443/api/config", {}, { address })).json();
  assert.equal((await config(far.address)).webhook, null);
  assert.equal((await config("127.0.0.1")).webhook, null, "as this scene's configuration has it");

  const gate = new PasswordGate("a long password");
  const env = { PEERLENS_WEBHOOK: `${receiver.url}?hush` };
  const deps = appDeps({ webhook: webhook!, gate, env });
  openTestLink(deps.hub, visitorAt("127.0.0.1")).say(joinOf(room, "owner"));
  const signedIn = gate.signIn("a long password", far.address);
  assert.ok(signedIn.kind === "signed-in");
  const headers = {
    Cookie: `${COOKIE_NAME}=${signedIn.cookie}`,
    Authorization: `Bearer ${room.tokens.owner}`,
    "Content-Type": "application/json",
  };
  const ask = (path: string, init: RequestInit) =>
    createApp(deps).request(new URL(path, "https://192.168.1.20:3443"), { headers, ...init }, far);
  const told = await (await ask("/api/config", {})).text();
  assert.deepEqual(JSON.parse(told).webhook, { host: new URL(receiver.url).host });
  assert.ok(!told.includes("hush"));
  const body = JSON.stringify(eventOf());
  const sent = await ask(`/api/rooms/${room.roomId}/events`, { method: "POST", body });
  assert.equal(sent.status, 202);
  webhook!.close();
});

Deno.test("what is no event is refused by name, and nothing is sent", async () => {
  await using receiver = openReceiver(() => new Response());
  const { post } = scene(receiver.url);
  assert.equal(await codeOf(await post("{}", { type: "text/plain" })), "415 not-json");
  const large = "x".repeat(MAX_EVENT_BYTES + 1);
  assert.equal(await codeOf(await post(large)), "413 too-large");
  const changes: Partial<Record<keyof ZoneEvent | "more", unknown>>[] = [
    { id: "short" },
    { kind: "stay" },
    { zone: { id: "Z 1", name: "Door" } },
    { zone: { id: "z1", name: "" } },
    { label: "x".repeat(101) },
    { track_id: 0 },
    { score: 2 },
    { box: { xmin: 0, ymin: 0, xmax: 2, ymax: 1 } },
    { capture_ts: "now" },
    { capture_clock: "sun" },
    { more: 1 },
    { snapshot: { ...eventOf().snapshot, type: "image/svg+xml" } },
    { snapshot: { ...eventOf().snapshot, data: btoa("<svg/>") } },
    { snapshot: { ...eventOf().snapshot, data: "/9j/AAA" } },
    { snapshot: { ...eventOf().snapshot, width_px: 641 } },
    { snapshot: { ...eventOf().snapshot, data: `/9j/${"A".repeat(MAX_SNAPSHOT_BYTES * 4 / 3)}` } },
  ];
  const bodies = [
    "{",
    "null",
    "[]",
    ...changes.map((change) => JSON.stringify({ ...eventOf(), ...change })),
  ];
  for (const body of bodies) {
    const codes = ["400 bad-event", "413 too-large"];
    // From several addresses and rooms: the rate is another test's business.
    const fresh = scene(receiver.url);
    assert.ok(codes.includes(await codeOf(await fresh.post(body))), body.slice(0, 200));
  }
  assert.equal(receiver.requests.length, 0);
  assert.deepEqual(parseZoneEvent(JSON.parse(JSON.stringify(eventOf()))), eventOf());
});

Deno.test("the largest event that the schema knows fits into the body", () => {
  const data = `/9j/${"A".repeat(Math.ceil(MAX_SNAPSHOT_BYTES / 3) * 4 - 4)}`;
  const largest = eventOf(1, {
    zone: { id: "z".repeat(32), name: "\u2028".repeat(40) },
    label: "\u2028".repeat(100),
    model_id: "m".repeat(64),
    snapshot: { ...eventOf().snapshot!, data },
  });
  assert.notEqual(parseZoneEvent(largest), null);
  const bytes = new TextEncoder().encode(JSON.stringify(largest)).byteLength;
  assert.ok(bytes <= MAX_EVENT_BYTES, `${bytes}`);
});

Deno.test("a flood is refused for a while, of a room and of an address", async () => {
  await using receiver = openReceiver(() => new Response());
  const { post, get, webhook } = scene(receiver.url);
  const answers: string[] = [];
  for (let number = 0; number < 60; number++) {
    const response = await post(JSON.stringify(eventOf(number)), { address: `127.0.1.${number}` });
    answers.push(response.status === 202 ? "202" : await codeOf(response));
  }
  assert.ok(answers.filter((answer) => answer === "202").length >= 32);
  assert.ok(answers.includes("429 too-fast"), "of one room");
  const asked: number[] = [];
  for (let number = 0; number < 130; number++) asked.push((await get()).status);
  assert.ok(asked.includes(429), "of one address");
  webhook!.close();
});

Deno.test("without a webhook the route says how to have one", async () => {
  const { post, get } = scene(null);
  assert.equal(await codeOf(await post()), "503 unavailable");
  assert.match((await get()).body.message, /--webhook/);
});
