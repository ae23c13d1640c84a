import assert from "node:assert/strict";
import { createApp } from "../app.ts";
import type { Env } from "../base/config.ts";
import type { Flags } from "../base/flags.ts";
import { joinOf, newRoom } from "../link/testing/link_clients.ts";
import { openTestLink } from "../link/testing/test_link.ts";
import { FakeProcess } from "../streams/testing/fake_process.ts";
import { appDeps, visitorAt } from "../testing/helpers.ts";
import { parseExposition } from "./testing/parse_exposition.ts";

const TOKEN = "a-metrics-token-of-some-length";
const LAPTOP = "192.168.1.20";
const PHONE = "192.168.1.66";

/** An app, and how it answers somebody at an address. */
function scene(options: { env?: Env; flags?: Flags; process?: FakeProcess } = {}) {
  const lines: string[] = [];
  const deps = appDeps({ ...options, lines });
  const app = createApp(deps);
  const ask = (address: string, headers: Record<string, string> = {}, tunnel?: object) =>
    app.request("https://192.168.1.20:3443/metrics", { headers }, { address, tunnel });
  const metrics = async () => {
    const response = await ask("127.0.0.1");
    assert.equal(response.status, 200);
    assert.match(response.headers.get("content-type")!, /^text\/plain; version=0\.0\.4/);
    assert.equal(response.headers.get("cache-control"), "no-store");
    return parseExposition(await response.text());
  };
  return { deps, app, ask, metrics, lines };
}

Deno.test("/metrics answers this computer, and nobody else without the token", async () => {
  const { ask } = scene();
  for (const address of ["127.0.0.1", "::1", LAPTOP]) {
    assert.equal((await ask(address)).status, 200, address);
  }
  for (
    const authorization of ["", "Bearer", `Bearer ${TOKEN}`, "Bearer null", "Bearer undefined"]
  ) {
    const response = await ask(PHONE, { authorization });
    assert.equal(response.status, 403);
    assert.match(await response.text(), /PEERLENS_METRICS_TOKEN/);
  }
});

Deno.test("/metrics takes nobody behind a proxy or tunnel for this computer", async () => {
  const { ask } = scene();
  for (const name of ["x-forwarded-for", "forwarded", "x-real-ip", "via", "cf-connecting-ip"]) {
    assert.equal((await ask("127.0.0.1", { [name]: "127.0.0.1" })).status, 403, name);
  }
  assert.notEqual((await ask("127.0.0.1", {}, { isSecure: true })).status, 200);
});

Deno.test("/metrics opens to its token from everywhere, and to no other", async () => {
  const { ask, lines } = scene({ env: { PEERLENS_METRICS_TOKEN: TOKEN } });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  assert.equal((await ask(PHONE, bearer(TOKEN))).status, 200);
  assert.equal((await ask("127.0.0.1", { ...bearer(TOKEN), via: "1.1 proxy" })).status, 200);
  for (const wrong of [TOKEN.slice(1), `${TOKEN}x`, TOKEN.toUpperCase()]) {
    assert.equal((await ask(PHONE, bearer(wrong))).status, 403);
    // Who has set it wrongly finds out at once.
    assert.equal((await ask("127.0.0.1", bearer(wrong))).status, 403);
  }
  assert.equal((await ask(PHONE)).status, 403);
  assert.equal((await ask("127.0.0.1")).status, 200);
  assert.ok(!lines.join("").includes(TOKEN));
});

Deno.test("/metrics of a server without inference or relay has nothing of them, not even zeros", async () => {
  const names = [...(await scene({ flags: { relay: "off" } }).metrics()).keys()];
  assert.ok(names.includes("peerlens_rooms"));
  const absent = /frames|latency|child|inference|streams|results|event_loop|relay/;
  assert.deepEqual(names.filter((name) => absent.test(name)), []);
  const families = await scene().metrics();
  const received = 'peerlens_relay_frames_total{direction="in",outcome="received"}';
  assert.equal(families.get("peerlens_relay_frames_total")!.samples.get(received), 0);
});

Deno.test("/metrics before the inference process has spoken counts none of its frames", async () => {
  const { metrics } = scene({ process: new FakeProcess() });
  const families = await metrics();
  assert.equal(families.get("peerlens_inference_state")!.samples.size, 5);
  assert.equal(
    families.get("peerlens_inference_state")!.samples.get(
      'peerlens_inference_state{state="ready"}',
    ),
    1,
  );
  assert.ok(!families.has("peerlens_frames_total"));
  assert.ok(!families.has("peerlens_stage_latency_ms"));
});

Deno.test("/metrics counts rooms, peers, messages, refusals and answers as they were", async () => {
  const { app, deps, metrics } = scene();
  const open = (address: string) => openTestLink(deps.hub, visitorAt(address));
  const rooms = [newRoom(), newRoom()];
  for (const room of rooms) open(LAPTOP).say(joinOf(room, "owner"));
  const phone = open(PHONE);
  phone.say(joinOf(rooms[0]!, "phone"));
  for (let nonce = 0; nonce < 5; nonce++) phone.say({ type: "ping", nonce });
  for (let at = 0; at < 3; at++) open(PHONE).say("{");
  const wrong = { ...joinOf(rooms[1]!, "phone"), token: rooms[0]!.tokens.phone };
  open(PHONE).say(wrong);
  const local = { address: "127.0.0.1" };
  await app.request("http://localhost:3000/healthz", {}, local);
  await app.request("http://evil.example/healthz", {}, local);
  await app.request(`http://localhost:3000/${"x".repeat(30)}`, {}, local);

  const families = await metrics();
  const value = (sample: string) => families.get(sample.split("{")[0]!)!.samples.get(sample);
  assert.equal(value("peerlens_rooms"), 2);
  assert.equal(value('peerlens_peers{role="owner"}'), 2);
  assert.equal(value('peerlens_peers{role="phone"}'), 1);
  assert.equal(value('peerlens_peers{role="viewer"}'), 0);
  assert.equal(value('peerlens_signal_messages_total{type="join"}'), 4);
  assert.equal(value('peerlens_signal_messages_total{type="ping"}'), 5);
  assert.equal(value('peerlens_signal_refusals_total{code="bad-message"}'), 3);
  assert.equal(value('peerlens_signal_refusals_total{code="bad-token"}'), 1);
  assert.equal(value('peerlens_http_requests_total{route="health",status="200"}'), 1);
  assert.equal(value('peerlens_http_requests_total{route="health",status="421"}'), 1);
  assert.equal(value('peerlens_http_requests_total{route="other",status="404"}'), 1);
  const text = JSON.stringify(
    [...families].map(([name, { samples }]) => [name, [...samples.keys()]]),
  );
  for (const room of rooms) {
    for (const secret of [room.roomId, ...Object.values(room.tokens)]) {
      assert.ok(!text.includes(secret));
    }
  }
});
