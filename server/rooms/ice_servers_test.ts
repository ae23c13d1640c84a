import assert from "node:assert/strict";
import type { RoomId } from "@/protocol";
import { loadConfig } from "../base/config.ts";
import { memoryLog, visitorAt } from "../testing/helpers.ts";
import type { IceServers } from "./ice_servers.ts";
import { joinOf, newRoom } from "../link/testing/link_clients.ts";
import { openTestLink } from "../link/testing/test_link.ts";
import { SignalHub } from "./hub.ts";

const { limits } = loadConfig({ env: {}, flags: {} });
const RENEW_MS = 1_000;

/** A hub whose clock the test moves, and credentials that count the times they were made. */
function scene() {
  const seen = { nowMs: 0, made: 0 };
  const iceServers: IceServers = {
    forRoom: (
      roomId: RoomId,
    ) => [{ urls: ["turn:t"], username: roomId, credential: `${++seen.made}` }],
    grant: () => false,
    forget() {},
    renewAfterMs: RENEW_MS,
  };
  const lines: string[] = [];
  const hub = new SignalHub({ limits, log: memoryLog(lines), now: () => seen.nowMs, iceServers });
  /** Opens a connection; answers with what it was told so far. */
  const connect = (text: string) => {
    const { say, told } = openTestLink(hub, visitorAt("127.0.0.1"));
    say(text);
    return told;
  };
  return { hub, seen, connect, lines };
}

Deno.test("SignalHub tells who is let in, and nobody else, how to reach its room's others", () => {
  const { connect, lines } = scene();
  const room = newRoom();
  const [joined] = connect(JSON.stringify(joinOf(room, "owner")));
  assert.ok(joined?.type === "joined");
  assert.equal(joined.iceServers[0]?.username, room.roomId);
  const { credential } = joined.iceServers[0]!;
  const told = [
    ...connect(JSON.stringify({ ...joinOf(room, "phone"), token: "x".repeat(22) })),
    ...connect(JSON.stringify(joinOf(newRoom(), "phone"))),
    ...connect('{"type":"ping","nonce":1}'),
  ];
  assert.deepEqual(told.map(({ type }) => type), ["error", "error", "error"]);
  assert.ok(!JSON.stringify(told).includes("turn:"));
  assert.ok(!lines.join().includes(`"${credential}"`));
});

Deno.test("SignalHub tells the others of a room when its owner has brought it credentials", () => {
  const granted = new Set<RoomId>();
  const iceServers: IceServers = {
    forRoom: (roomId) => granted.has(roomId) ? [{ urls: ["turn:t"] }] : [],
    grant: (roomId, { isTrusted }) => isTrusted && !granted.has(roomId) && !!granted.add(roomId),
    forget: (roomId) => void granted.delete(roomId),
    renewAfterMs: null,
  };
  let nowMs = 0;
  const hub = new SignalHub({ limits, log: memoryLog(), now: () => nowMs, iceServers });
  const connect = (address: string, message: object) => {
    const link = openTestLink(hub, visitorAt(address));
    link.say(JSON.stringify(message));
    return link;
  };
  const room = newRoom();
  const stranger = connect("192.168.1.66", joinOf(room, "owner"));
  const phone = connect("192.168.1.67", joinOf(room, "phone"));
  assert.ok(!JSON.stringify([stranger.told, phone.told]).includes("turn:"));
  // A wrong token grants nothing, wherever it comes from.
  connect("127.0.0.1", { ...joinOf(room, "owner"), token: "x".repeat(22), create: undefined });
  assert.equal(granted.size, 0);
  const owner = connect("127.0.0.1", joinOf(room, "owner"));
  const [joined] = owner.told;
  assert.ok(joined?.type === "joined" && joined.iceServers.length === 1);
  const news = phone.told.find(({ type }) => type === "ice-servers");
  assert.ok(news?.type === "ice-servers" && news.iceServers.length === 1);
  assert.ok(!JSON.stringify(stranger.told).includes("turn:"));
  for (const { session } of [owner, phone]) session.onClose();
  nowMs += limits.roomIdleTtlMs;
  hub.sweep();
  assert.equal(granted.size, 0);
});

Deno.test("SignalHub renews what members were told before it expires, each for its own room", () => {
  const { hub, seen, connect } = scene();
  const rooms = [newRoom(), newRoom()];
  const members = rooms.map((room) => connect(JSON.stringify(joinOf(room, "owner"))));
  const refused = connect(JSON.stringify(joinOf(newRoom(), "phone")));
  seen.nowMs = RENEW_MS - 1;
  hub.sweep();
  assert.deepEqual(members.map(({ length }) => length), [1, 1]);
  for (const turn of [1, 2, 3]) {
    seen.nowMs = RENEW_MS * turn;
    hub.sweep();
    hub.sweep();
    members.forEach((told, index) => {
      assert.equal(told.length, 1 + turn);
      const last = told.at(-1)!;
      assert.ok(last.type === "ice-servers");
      assert.equal(last.iceServers[0]?.username, rooms[index]!.roomId);
    });
  }
  assert.deepEqual(refused.map(({ type }) => type), ["error"]);
});
