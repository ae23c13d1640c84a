import assert from "node:assert/strict";
import fc from "fast-check";
import { type Join, parseFromClient, type RoomId } from "@/protocol";
import { joinOf, newRoom } from "../link/testing/link_clients.ts";
import type { Outgoing } from "./room_state.ts";
import { RoomRegistry } from "./room_registry.ts";

const LIMITS = { maxRooms: 2, maxPhones: 4, maxViewers: 4, roomIdleTtlMs: 1000 };

function parsedJoin(...args: Parameters<typeof joinOf>): Join {
  return parseFromClient(JSON.stringify(joinOf(...args))) as Join;
}

function answer(send: readonly Outgoing[]): string {
  const { message } = send[0]!;
  return message.type === "error" ? message.code : message.type;
}

Deno.test("RoomRegistry.join() makes a room for an owner who brings its tokens, and only then", () => {
  const registry = new RoomRegistry(LIMITS);
  const room = newRoom();
  const without = parsedJoin(room, "owner");
  delete without.create;
  assert.equal(answer(registry.join(1, parsedJoin(room, "phone"), 0)), "unknown-room");
  assert.equal(answer(registry.join(2, without, 0)), "unknown-room");
  assert.equal(answer(registry.join(3, parsedJoin(room, "owner"), 0)), "joined");
  assert.equal(answer(registry.join(4, parsedJoin(room, "phone"), 0)), "joined");
  assert.equal(registry.roomCount, 1);
});

Deno.test("RoomRegistry.join() keeps the tokens of a room that exists", () => {
  const registry = new RoomRegistry(LIMITS);
  const room = newRoom();
  const thief = { ...newRoom(), roomId: room.roomId };
  registry.join(1, parsedJoin(room, "owner"), 0);
  assert.equal(answer(registry.join(2, parsedJoin(thief, "owner"), 0)), "bad-token");
  assert.equal(answer(registry.join(3, parsedJoin(thief, "phone"), 0)), "bad-token");
  assert.equal(registry.joinToken(room.roomId as RoomId), room.tokens.phone);
});

Deno.test("RoomRegistry.join() lets nobody create a room whose id is not of the own token", () => {
  // The server has just restarted; a phone that kept the room's id is faster than the owner.
  const registry = new RoomRegistry(LIMITS);
  const room = newRoom();
  const squatter = { ...newRoom(), roomId: room.roomId };
  assert.equal(answer(registry.join(1, parsedJoin(squatter, "owner"), 0)), "bad-token");
  assert.equal(registry.roomCount, 0);
  assert.equal(answer(registry.join(2, parsedJoin(room, "owner"), 0)), "joined");
  assert.equal(registry.joinToken(room.roomId as RoomId), room.tokens.phone);
});

Deno.test("RoomRegistry.join() refuses equal tokens, and create from anybody but an owner", () => {
  const registry = new RoomRegistry(LIMITS);
  const room = newRoom();
  const { owner, viewer, phone } = room.tokens;
  const creates = [
    { viewToken: owner, joinToken: phone },
    { viewToken: viewer, joinToken: owner },
    { viewToken: viewer, joinToken: viewer },
  ];
  for (const create of creates) {
    assert.equal(answer(registry.join(1, parsedJoin(room, "owner", { create }), 0)), "bad-message");
  }
  const create = { viewToken: viewer, joinToken: phone };
  assert.equal(answer(registry.join(1, parsedJoin(room, "viewer", { create }), 0)), "bad-message");
  assert.equal(registry.roomCount, 0);
});

Deno.test("RoomRegistry.join() refuses rooms past maxRooms while somebody is in each", () => {
  const registry = new RoomRegistry(LIMITS);
  for (const id of [1, 2]) registry.join(id, parsedJoin(newRoom(), "owner"), 0);
  const late = parsedJoin(newRoom(), "owner");
  assert.equal(answer(registry.join(3, late, 0)), "too-many-rooms");
  registry.leave(1, "left", 0);
  assert.equal(answer(registry.join(3, late, 1)), "joined");
  assert.equal(registry.roomCount, 2);
});

Deno.test("RoomRegistry.join() keeps rooms for trusted owners, and gives an address its share", () => {
  const registry = new RoomRegistry({ ...LIMITS, maxRooms: 20 });
  let connection = 0;
  const make = (address: string, isTrusted = false, nowMs = 0) =>
    answer(
      registry.join(++connection, parsedJoin(newRoom(), "owner"), nowMs, { address, isTrusted }),
    );
  const results = Array.from({ length: 20 }, (_, index) => make(`guest ${Math.floor(index / 6)}`));
  assert.equal(results.filter((result) => result === "joined").length, 15);
  assert.equal(make("guest 5"), "too-many-rooms");
  for (let index = 0; index < 5; index++) assert.equal(make("owner", true), "joined");
  assert.equal(make("owner", true), "too-many-rooms");
  // An owner's empty room is not a guest's to take; an empty one of a guest is.
  registry.leave(connection - 1, "left", 1);
  assert.equal(make("guest 5", false, 2), "too-many-rooms");
  registry.leave(1, "left", 3);
  assert.equal(make("guest 1", false, 4), "too-many-rooms", "has its share");
  assert.equal(make("guest 5", false, 4), "joined");
  assert.equal(make("owner", true, 5), "joined");
});

Deno.test("RoomRegistry.join() lets the longest empty room give way, and sweep() tells of it", () => {
  const registry = new RoomRegistry(LIMITS);
  const [first, second, third] = [newRoom(), newRoom(), newRoom()];
  registry.join(1, parsedJoin(first, "owner"), 0);
  registry.join(2, parsedJoin(second, "owner"), 0);
  registry.leave(2, "left", 10);
  registry.leave(1, "left", 20);
  registry.join(3, parsedJoin(third, "owner"), 30);
  assert.equal(registry.joinToken(second.roomId as RoomId), undefined);
  assert.equal(registry.joinToken(first.roomId as RoomId), first.tokens.phone);
  assert.deepEqual(registry.sweep(30), [second.roomId]);
  assert.deepEqual(registry.sweep(30), []);
  // Made again before the next sweep: it lives, and what hangs on it must not be ended.
  registry.join(4, parsedJoin(second, "owner"), 40);
  registry.leave(4, "left", 40);
  registry.join(5, parsedJoin(first, "owner"), 50);
  registry.leave(5, "left", 50);
  registry.join(6, parsedJoin(second, "owner"), 60);
  assert.deepEqual(registry.sweep(60), [first.roomId]);
});

Deno.test("RoomRegistry.join() refuses a second join of one connection", () => {
  const registry = new RoomRegistry(LIMITS);
  const room = newRoom();
  registry.join(1, parsedJoin(room, "owner"), 0);
  assert.equal(answer(registry.join(1, parsedJoin(room, "phone"), 0)), "not-allowed");
  assert.equal(registry.peerCount, 1);
});

Deno.test("RoomRegistry.sweep() keeps a room for its owner until the idle time is over", () => {
  const registry = new RoomRegistry(LIMITS);
  const room = newRoom();
  registry.join(1, parsedJoin(room, "owner"), 0);
  assert.deepEqual(registry.sweep(5000), []);
  registry.leave(1, "lost", 5000);
  assert.deepEqual(registry.sweep(5999), []);
  assert.deepEqual(registry.sweep(6000), [room.roomId]);
  assert.equal(registry.roomCount, 0);
});

Deno.test("RoomRegistry never sends from one room into another", () => {
  const rooms = [newRoom(), newRoom(), newRoom()];
  const action = fc.record({
    connection: fc.integer({ min: 1, max: 9 }),
    kind: fc.constantFrom("join", "forward", "leave"),
    role: fc.constantFrom("owner", "viewer", "phone"),
    target: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(fc.property(fc.array(action, { maxLength: 80 }), (actions) => {
    const registry = new RoomRegistry({ ...LIMITS, maxRooms: 3 });
    // Connection n only ever knows the secrets of room n modulo 3.
    const roomOf = (connection: number) => rooms[connection % 3]!;
    for (const { connection, kind, role, target } of actions) {
      const peer = registry.membership(target)?.self;
      const to = { to: peer?.id ?? "A".repeat(22), toInstance: peer?.instance ?? "A".repeat(22) };
      const offer = parseFromClient(JSON.stringify({ type: "offer", sdp: "v=0", ...to }));
      const send = kind === "join"
        ? registry.join(connection, parsedJoin(roomOf(connection), role as "owner"), 0)
        : kind === "forward"
        ? registry.forward(connection, offer as Parameters<RoomRegistry["forward"]>[1], 0)
        : registry.leave(connection, "left", 0);
      for (const { to } of send) assert.equal(to % 3, connection % 3);
    }
  }));
});
