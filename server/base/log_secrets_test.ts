import assert from "node:assert/strict";
import fc from "fast-check";
import { randomSecret } from "@/protocol";
import { createApp } from "../app.ts";
import { PasswordGate } from "../password/gate.ts";
import { joinOf, newRoom } from "../link/testing/link_clients.ts";
import { openTestLink } from "../link/testing/test_link.ts";
import { aboutStream, FakeProcess, SETTINGS } from "../streams/testing/fake_process.ts";
import { appDeps, visitorAt } from "../testing/helpers.ts";

/** Everything secret that goes into a server, and all that its log says of it. */

const API_TOKEN = "an-api-token-of-some-length";
const METRICS_TOKEN = "a-metrics-token-of-some-length";
const PASSWORD = "correct horse battery staple";

function scene() {
  const lines: string[] = [];
  const secrets = new Set([API_TOKEN, METRICS_TOKEN, PASSWORD]);
  const secret = () => {
    const value = randomSecret();
    secrets.add(value);
    return value;
  };
  const process = new FakeProcess();
  const env = { PEERLENS_API_TOKEN: API_TOKEN, PEERLENS_METRICS_TOKEN: METRICS_TOKEN };
  const deps = {
    ...appDeps({ env, lines, process }),
    gate: new PasswordGate(PASSWORD),
    startCode: secret(),
  };
  process.worksFor(deps.inference!.gateway);
  const room = newRoom();
  for (const key of [room.roomId, ...Object.values(room.tokens)]) secrets.add(key);
  return { lines, secrets, secret, room, deps, app: createApp(deps) };
}

type Scene = ReturnType<typeof scene>;

/** A description of a session as browsers make it: with its own passwords and addresses. */
function sdpOf(address: string, password: string): string {
  return [
    "v=0",
    "o=- 1 2 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    `c=IN IP4 ${address}`,
    `a=candidate:1 1 udp 2122260223 ${address} 54321 typ host`,
    `a=ice-pwd:${password}`,
    "",
  ].join("\r\n");
}

/** What a page at an address does, one thing after the other; some of it is refused. */
const STEPS = {
  owner: (s: Scene, address: string) =>
    session(s, address, [identified(s, joinOf(s.room, "owner"))]),
  phone: (s: Scene, address: string) =>
    session(s, address, [
      identified(s, joinOf(s.room, "phone")),
      { type: "offer", sdp: sdpOf(address, s.secret()), to: s.secret(), toInstance: s.secret() },
      { type: "code-request" },
    ]),
  wrongToken: (s: Scene, address: string) =>
    session(s, address, [identified(s, joinOf(s.room, "viewer", { token: s.secret() }))]),
  strangeRoom: (s: Scene, address: string) =>
    session(s, address, [identified(s, joinOf(newRoomOf(s), "phone"))]),
  garbage: (s: Scene, address: string) =>
    session(s, address, [`{"type":"join","token":"${s.secret()}"`, s.secret(), {
      [s.secret()]: 1,
    }]),
  stream: (s: Scene, address: string) => {
    const stream = s.secret();
    session(s, address, [
      identified(s, joinOf(s.room, "owner")),
      aboutStream(stream, { kind: "settings", settings: { ...SETTINGS, modelId: "none" } }),
      { type: "ticket-request" },
      { type: "open", ticket: s.secret() },
      aboutStream(stream, { kind: "offer", sdp: sdpOf(address, s.secret()) }),
    ]);
  },
  code: async (s: Scene, address: string) => {
    const page = openTestLink(s.deps.hub, visitorAt(address));
    page.say(identified(s, joinOf(s.room, "owner")));
    page.say({ type: "code-request" });
    await ask(s, address, `/j/${s.deps.startCode}`);
    await ask(s, address, `/join/${s.room.roomId}?x=${s.secret()}`);
  },
  detect: async (s: Scene, address: string) => {
    for (const token of [API_TOKEN, s.secret()]) {
      const headers = {
        "authorization": `Bearer ${token}`,
        "x-peerlens-room": s.room.roomId,
        "content-type": "image/jpeg",
      };
      await ask(s, address, "/api/detect?x=1", { method: "POST", headers, body: "x" });
      await ask(s, address, `/api/rooms/${s.room.roomId}/detections`, { headers });
      await ask(s, address, "/metrics", { headers: { authorization: `Bearer ${token}` } });
    }
    await ask(s, address, "/metrics", { headers: { authorization: `Bearer ${METRICS_TOKEN}` } });
  },
  password: async (s: Scene, address: string) => {
    for (const password of [PASSWORD, s.secret()]) {
      const body = new URLSearchParams({ password });
      const response = await ask(s, address, "/sign-in", { method: "POST", body });
      const [cookie] = response.headers.get("set-cookie")?.match(/(?<==)[^;]{16,}/) ?? [];
      if (cookie !== undefined) s.secrets.add(cookie);
    }
  },
  sweep: (s: Scene) => s.deps.hub.sweep(),
} as const;

function session(s: Scene, address: string, messages: readonly (object | string)[]): void {
  const page = openTestLink(s.deps.hub, visitorAt(address));
  for (const message of messages) page.say(message);
  page.session.onClose();
}

function identified<T extends { identity: unknown; instance: unknown }>(s: Scene, join: T): T {
  return { ...join, identity: s.secret(), instance: s.secret() };
}

function newRoomOf(s: Scene) {
  const room = newRoom();
  for (const key of [room.roomId, ...Object.values(room.tokens)]) s.secrets.add(key);
  return room;
}

async function ask(s: Scene, address: string, path: string, init: RequestInit = {}) {
  const response = await s.app.request(`https://192.168.1.20:3443${path}`, init, { address });
  await response.body?.cancel();
  return response;
}

Deno.test("no secret that goes into the server comes out in its log, and no whole address", async () => {
  const address = fc.oneof(
    fc.constantFrom("192.168.1.66", "10.20.30.40", "2001:db8:1:2::9"),
    fc.ipV4().filter((text) => !/^(127|0)\./.test(text)),
  );
  const steps = fc.array(fc.tuple(fc.constantFrom(...Object.values(STEPS)), address), {
    minLength: 1,
    maxLength: 12,
  });
  let written = 0;
  await fc.assert(
    fc.asyncProperty(steps, async (sequence) => {
      const s = scene();
      for (const [step, from] of sequence) await step(s, from);
      const text = s.lines.join("");
      written += s.lines.length;
      for (const secret of s.secrets) assert.ok(!text.includes(secret), `${secret} in ${text}`);
      for (const [, from] of sequence) assert.ok(!text.includes(`"${from}"`), `${from} in ${text}`);
      for (const line of s.lines) {
        const { time, level, event } = JSON.parse(line);
        assert.ok(!Number.isNaN(Date.parse(time)) && level !== "" && event !== "");
      }
    }),
    { numRuns: 60 },
  );
  // It would prove nothing of a log that is silent.
  assert.ok(written > 100, String(written));
});
