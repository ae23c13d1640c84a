import assert from "node:assert/strict";
import { hasRelay, type RoomId } from "@/protocol";
import { NO_ICE_SERVERS } from "../signaling/ice_servers.ts";
import { logName } from "../signaling/tokens.ts";
import { makeTurnCredentials } from "./credentials.ts";
import { makeIceServers } from "./ice_servers.ts";

const ROOM = "r".repeat(22) as RoomId;
const OTHER = "s".repeat(22) as RoomId;
const STUN = { urls: ["stun:stun.example"] };
const SECRET = "0123456789abcdef";
const TURN = { urls: ["turn:t.example", "turns:t.example"], secret: SECRET, ttlS: 600 };

Deno.test("makeIceServers() gives what is configured as it stands where there is no TURN server", () => {
  const servers = makeIceServers({ iceServers: [STUN], turn: null });
  assert.deepEqual(servers.forRoom(ROOM), [STUN]);
  assert.equal(servers.renewAfterMs, null);
  assert.deepEqual(NO_ICE_SERVERS.forRoom(ROOM), []);
});

Deno.test("makeIceServers() adds credentials of the room's own, with the time they have left", () => {
  let nowMs = 1_700_000_000_999;
  const servers = makeIceServers({ iceServers: [STUN], turn: TURN }, () => nowMs);
  const credentials = (expiresAtS: number, roomId: RoomId) =>
    makeTurnCredentials({ secret: SECRET, expiresAtS, label: logName(roomId) });
  assert.deepEqual(servers.forRoom(ROOM), [
    STUN,
    { urls: TURN.urls, ...credentials(1_700_000_600, ROOM) },
  ]);
  nowMs += 60_000;
  assert.deepEqual(servers.forRoom(OTHER)[1], {
    urls: TURN.urls,
    ...credentials(1_700_000_660, OTHER),
  });
  assert.equal(servers.renewAfterMs, 300_000);
});

Deno.test("makeIceServers() tells the TURN server neither the secret nor the room", () => {
  const text = JSON.stringify(makeIceServers({ iceServers: [], turn: TURN }).forRoom(ROOM));
  assert.ok(!text.includes(SECRET));
  assert.ok(!text.includes(ROOM));
});

Deno.test("hasRelay() tells TURN from STUN", () => {
  assert.equal(hasRelay([STUN]), false);
  assert.equal(hasRelay([STUN, { urls: ["stun:x", "turns:x"] }]), true);
});
