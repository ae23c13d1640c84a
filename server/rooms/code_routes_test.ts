import assert from "node:assert/strict";
import type { AppDeps } from "../app.ts";
import { joinOf, newRoom } from "../link/testing/link_clients.ts";
import { openTestLink } from "../link/testing/test_link.ts";
import { appDeps, asker, brokenBody, visitorAt } from "../testing/helpers.ts";

/** Joins as an owner from `address`, and asks for a code. */
function ownRoom(deps: AppDeps, address = "127.0.0.1", change: Parameters<typeof joinOf>[2] = {}) {
  const room = newRoom();
  const { session, say, told } = openTestLink(deps.hub, visitorAt(address));
  say(joinOf(room, "owner", change));
  say({ type: "code-request" });
  const answer = told.at(-1);
  assert.ok(answer?.type === "code");
  const { code } = answer;
  return { code, location: `/join/${room.roomId}#${room.tokens.phone}`, session, room };
}

Deno.test("app leads from a short code to the room, however it is typed", async () => {
  const lines: string[] = [];
  const deps = appDeps({ lines });
  const { code, location, room } = ownRoom(deps);
  const ask = asker(deps);
  for (const typed of [code, code.toLowerCase()]) {
    const response = await ask(`/j/${typed}`);
    assert.deepEqual([response.status, response.headers.get("location")], [302, location]);
    assert.equal(response.headers.get("cache-control"), "no-store");
  }
  const form = new URLSearchParams({ code: ` ${code.slice(0, 3)}-${code.slice(3)}` });
  const posted = await ask("/j", { method: "POST", body: form });
  assert.deepEqual([posted.status, posted.headers.get("location")], [303, location]);
  const unknown = await ask("/j/222222");
  assert.equal(unknown.status, 404);
  assert.match(await unknown.text(), /does not work/);
  assert.match(await (await ask("/j")).text(), /<form/);
  for (const secret of [...Object.values(room.tokens), room.roomId, code]) {
    assert.ok(!lines.join("").includes(secret));
  }
});

Deno.test("app refuses an address that tries too many codes, and not its neighbour", async () => {
  const deps = appDeps();
  const { code } = ownRoom(deps);
  const ask = asker(deps, "192.168.1.66");
  for (let guess = 0; guess < 10; guess++) await ask("/j/222222");
  const response = await ask(`/j/${code}`);
  assert.equal(response.status, 429);
  assert.ok(Number(response.headers.get("retry-after")) > 0);
  assert.equal((await asker(deps, "192.168.1.67")(`/j/${code}`)).status, 302);
});

Deno.test("app counts no guess for a form that was not read", async () => {
  const deps = appDeps();
  const { code } = ownRoom(deps);
  const ask = asker(deps, "192.168.1.66");
  const post = (body: BodyInit, headers: Record<string, string> = {}) =>
    ask("/j", { method: "POST", headers, body });
  const script = { Accept: "application/json" };
  for (let n = 0; n < 20; n++) {
    assert.equal((await post("x".repeat(2_000))).status, 413);
    const broken = await post(brokenBody(), script);
    assert.deepEqual([broken.status, (await broken.json()).kind], [400, "waiting"]);
  }
  assert.equal((await (await post("x".repeat(2_000), script)).json()).kind, "unknown");
  assert.equal((await post(new URLSearchParams({ code }))).status, 303);
});

Deno.test("app asks before it follows another site to a code, and counts no guess of its pictures", async () => {
  const deps = appDeps();
  const { code, location } = ownRoom(deps);
  const ask = asker(deps, "192.168.1.66");
  const headers = { "sec-fetch-site": "cross-site" };
  for (let guess = 0; guess < 20; guess++) await ask("/j/222222", { headers });
  const asked = await ask(`/j/${code}`, { headers });
  assert.deepEqual([asked.status, asked.headers.get("location")], [200, null]);
  assert.ok((await asked.text()).includes(`value="${code}"`));
  assert.ok(!(await (await ask('/j/"><b>', { headers })).text()).includes("<b>"));
  const body = new URLSearchParams({ code });
  const post = (init: Record<string, string>) => ask("/j", { method: "POST", headers: init, body });
  assert.equal((await post({ ...headers, origin: "https://evil.example" })).status, 403);
  assert.equal((await post({ origin: "null" })).status, 403);
  const own = await post({ origin: "http://localhost:3000" });
  assert.deepEqual([own.status, own.headers.get("location")], [303, location]);
});

Deno.test("app leads from the terminal's code to the latest room of this very machine", async () => {
  const deps = appDeps();
  const ask = asker(deps, "192.168.1.66");
  const enter = async (code = deps.startCode) => {
    const headers = { Accept: "application/json" };
    const body = new URLSearchParams({ code });
    const response = await ask("/j", { method: "POST", headers, body });
    return { status: response.status, ...await response.json() };
  };
  assert.match((await enter()).message, /^Open http:\/\/localhost:3000\/ /);
  ownRoom(deps, "192.168.1.66");
  assert.equal((await enter()).kind, "waiting");
  ownRoom(deps);
  const latest = ownRoom(deps, "192.168.1.20");
  assert.deepEqual(await enter(), { status: 200, kind: "room", path: latest.location });
  // Another site knows such a room's keys, and may have led this computer's browser there.
  ownRoom(deps, "127.0.0.1", { madeHere: undefined });
  assert.equal((await enter()).path, latest.location);
  latest.session.onClose();
  assert.notEqual((await enter()).path, latest.location);
  assert.equal((await enter(deps.startCode.replace("s", "t"))).status, 404);
  // In a path it would be in every log on the way.
  assert.equal((await ask(`/j/${deps.startCode}`)).status, 404);
});
