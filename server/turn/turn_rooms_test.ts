import assert from "node:assert/strict";
import type { RoomId } from "@/protocol";
import { MAX_GUEST_ROOMS, MAX_GUEST_ROOMS_PER_ADDRESS, TurnRooms } from "./turn_rooms.ts";

const room = (number: number) => `room ${number}` as RoomId;
const guest = (address: string) => ({ address, isTrusted: false });
const OWNER = { address: "127.0.0.1", isTrusted: true };

Deno.test("TurnRooms has rooms of trusted owners only, unless everybody's are wanted", () => {
  const owners = new TurnRooms("owners");
  assert.equal(owners.grant(room(1), guest("a")), "not-trusted");
  assert.equal(owners.has(room(1)), false);
  assert.equal(owners.grant(room(1), OWNER), "new");
  assert.equal(owners.grant(room(1), OWNER), "known");
  // The owner's other device, not signed in.
  assert.equal(owners.grant(room(1), guest("a")), "known");
  assert.equal(owners.has(room(1)), true);
  owners.forget(room(1));
  assert.equal(owners.has(room(1)), false);
  assert.deepEqual(owners.counts, { rooms: 0, refused: { "not-trusted": 1, "too-many": 0 } });
  assert.equal(new TurnRooms("everybody").grant(room(1), guest("a")), "new");
});

Deno.test("TurnRooms bounds the rooms of guests, of one address and of all, and refuses no owner for them", () => {
  const rooms = new TurnRooms("everybody");
  let number = 0;
  const grantTo = (address: string) => rooms.grant(room(++number), guest(address));
  for (let own = 0; own < MAX_GUEST_ROOMS_PER_ADDRESS; own++) assert.equal(grantTo("a"), "new");
  assert.equal(grantTo("a"), "too-many");
  const others = Array.from({ length: 100 }, (_, n) => grantTo(`b${n}`));
  const granted = others.filter((answer) => answer === "new").length;
  assert.equal(granted, MAX_GUEST_ROOMS - MAX_GUEST_ROOMS_PER_ADDRESS);
  assert.equal(rooms.grant(room(1_000), OWNER), "new");
  rooms.forget(room(1));
  assert.equal(grantTo("c"), "new");
  // A guest's room that its trusted owner has opened is no guest's.
  assert.equal(rooms.grant(room(2), OWNER), "known");
  assert.equal(grantTo("a"), "new");
});
