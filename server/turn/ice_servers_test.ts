import assert from "node:assert/strict";
import { hasTurn, type RoomId } from "@/protocol";
import fc from "fast-check";
import { NO_ICE_SERVERS } from "../rooms/ice_servers.ts";
import { logName } from "../base/secrets.ts";
import { memoryLog } from "../testing/helpers.ts";
import { makeIceServers, makeTurnCredentials } from "./ice_servers.ts";

const ROOM = "r".repeat(22) as RoomId;
const OTHER = "s".repeat(22) as RoomId;
const STUN = { urls: ["stun:stun.example"] };
const SECRET = "0123456789abcdef";
const TURN = { urls: ["turn:t.example", "turns:t.example"], secret: SECRET, ttlS: 600 };

const secrets = fc.stringMatching(/^[A-Za-z0-9._~+/=-]{16,256}$/);
const labels = fc.stringMatching(/^[0-9a-f]{8}$/);
const times = fc.integer({ min: 0, max: 2 ** 33 });

const OWNER = { address: "127.0.0.1", isTrusted: true };
const GUEST = { address: "192.0.2.1", isTrusted: false };

/** For rooms that trusted owners have opened. */
function make(
  config: Partial<Parameters<typeof makeIceServers>[0]>,
  { nowMs, lines = [] }: { nowMs?: () => number; lines?: string[] } = {},
) {
  const log = memoryLog(lines);
  const servers = makeIceServers(
    { iceServers: [], turn: null, turnFor: "owners", ...config },
    log,
    nowMs,
  );
  for (const room of [ROOM, OTHER]) servers.grant(room, OWNER);
  return servers;
}

Deno.test("makeIceServers() gives what is configured as it stands where there is no TURN server", () => {
  const servers = make({ iceServers: [STUN] });
  assert.deepEqual(servers.forRoom(ROOM), [STUN]);
  assert.equal(servers.renewAfterMs, null);
  assert.deepEqual(NO_ICE_SERVERS.forRoom(ROOM), []);
});

Deno.test("makeIceServers() adds credentials of the room's own, the same for a quarter of their life", () => {
  let nowMs = 1_700_000_100_999;
  const servers = make({ iceServers: [STUN], turn: TURN }, { nowMs: () => nowMs });
  const credentials = (expiresAtS: number, roomId: RoomId) =>
    makeTurnCredentials({ secret: SECRET, expiresAtS, label: logName(roomId) });
  const first = [STUN, { urls: TURN.urls, ...credentials(1_700_000_700, ROOM) }];
  assert.deepEqual(servers.forRoom(ROOM), first);
  nowMs += 149_000;
  assert.deepEqual(servers.forRoom(ROOM), first);
  assert.deepEqual(servers.forRoom(OTHER)[1], {
    urls: TURN.urls,
    ...credentials(1_700_000_700, OTHER),
  });
  nowMs += 1_000;
  assert.deepEqual(servers.forRoom(ROOM)[1], {
    urls: TURN.urls,
    ...credentials(1_700_000_850, ROOM),
  });
  assert.equal(servers.renewAfterMs, 300_000);
});

Deno.test("makeIceServers() gives credentials that live their time at most, and are renewed before its end", () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 86_400 }), times, (ttlS, atS) => {
    const servers = make({ turn: { ...TURN, ttlS } }, { nowMs: () => atS * 1000 });
    const leftS = Number(servers.forRoom(ROOM)[0]!.username!.split(":")[0]) - atS;
    assert.ok(leftS <= ttlS, `${leftS}`);
    assert.ok(leftS * 1000 > servers.renewAfterMs! || ttlS < 8, `${leftS}`);
  }));
});

Deno.test("makeIceServers() tells the rooms of guests of STUN only, and of made and fixed credentials nothing", () => {
  const fixed = { urls: ["turn:f.example"], username: "u", credential: "hush" };
  const guests = "g".repeat(22) as RoomId;
  for (const turn of [null, TURN]) {
    const lines: string[] = [];
    const servers = make({ iceServers: [STUN, fixed], turn }, { lines });
    assert.equal(servers.grant(guests, GUEST), false);
    assert.deepEqual(servers.forRoom(guests), [STUN]);
    assert.match(lines.join(), /room without TURN.*not-trusted/);
    assert.ok(JSON.stringify(servers.forRoom(ROOM)).includes("hush"));
    assert.equal(servers.grant(guests, OWNER), true);
    assert.ok(hasTurn(servers.forRoom(guests)));
    servers.forget(guests);
    assert.deepEqual(servers.forRoom(guests), [STUN]);
    const open = make({ iceServers: [STUN, fixed], turn, turnFor: "everybody" });
    assert.equal(open.grant(guests, GUEST), true);
    assert.ok(hasTurn(open.forRoom(guests)));
  }
});

Deno.test("makeIceServers() tells the TURN server neither the secret nor the room", () => {
  const text = JSON.stringify(make({ turn: TURN }).forRoom(ROOM));
  assert.ok(!text.includes(SECRET));
  assert.ok(!text.includes(ROOM));
});

Deno.test("hasTurn() tells TURN from STUN", () => {
  assert.equal(hasTurn([STUN]), false);
  assert.equal(hasTurn([STUN, { urls: ["stun:x", "turns:x"] }]), true);
});

/** Computed by `openssl dgst -sha1 -hmac SECRET -binary | base64`, and the same by Python's hmac. */
const VECTORS = [
  ["0123456789abcdef", 1700000000, "3f2a9c01", "WvaO2VM+I2BUvcG9m1Fyr9jN1aY="],
  ["0123456789abcdef", 4102444800, "deadbeef", "R7eebKrYdE8T0PdGhybPBKZNNS0="],
  ["north-wind-and-sun-7", 1700000000, "3f2a9c01", "4iidy3OI1sB2T7XpVLtl43dSOgo="],
  ["north-wind-and-sun-7", 4102444800, "deadbeef", "GPWwyUmNvVGDffyFJUPk6+wjlrE="],
] as const;

Deno.test("makeTurnCredentials() makes what OpenSSL and Python make", () => {
  for (const [secret, expiresAtS, label, credential] of VECTORS) {
    assert.deepEqual(makeTurnCredentials({ secret, expiresAtS, label }), {
      username: `${expiresAtS}:${label}`,
      credential,
    });
  }
});

Deno.test("makeTurnCredentials() is checked by whoever has the secret, and by nobody else", async () => {
  await fc.assert(
    fc.asyncProperty(secrets, secrets, times, labels, async (secret, other, expiresAtS, label) => {
      const made = makeTurnCredentials({ secret, expiresAtS, label });
      assert.ok(await verifies(secret, made));
      assert.equal(await verifies(other, made), other === secret);
      // A later end under the same password, as somebody would forge it.
      const forged = { ...made, username: `${expiresAtS + 1}:${label}` };
      assert.equal(await verifies(secret, forged), false);
    }),
    { numRuns: 200 },
  );
});

/** The TURN server's side, by the browser's own cryptography. */
async function verifies(
  secret: string,
  { username, credential }: ReturnType<typeof makeTurnCredentials>,
): Promise<boolean> {
  const encoder = new TextEncoder();
  const algorithm = { name: "HMAC", hash: "SHA-1" };
  const key = await crypto.subtle.importKey("raw", encoder.encode(secret), algorithm, false, [
    "verify",
  ]);
  const mac = Uint8Array.from(atob(credential), (char) => char.charCodeAt(0));
  return await crypto.subtle.verify("HMAC", key, mac, encoder.encode(username));
}
