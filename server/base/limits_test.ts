import assert from "node:assert/strict";
import { hasPlaceFor, type Holder } from "./limits.ts";

const guest = (address: string, roomId = address): Holder => ({
  address,
  roomId,
  isTrusted: false,
});
const OWNER: Holder = { address: "here", roomId: "own", isTrusted: true };

/** Takes as many places as it gets. */
function fill(places: number, held: Holder[], wants: Iterable<Holder>): Holder[] {
  for (const who of wants) if (hasPlaceFor(who, places, held)) held.push(who);
  return held;
}

Deno.test("hasPlaceFor() gives no address and no room all, and guests never the last quarter", () => {
  const greedy = Array.from({ length: 99 }, (_, at) => guest("greedy", `${at}`));
  assert.equal(fill(32, [], greedy).length, 8);
  const crowd = Array.from({ length: 99 }, (_, at) => guest(`${at}`, "one room"));
  assert.equal(fill(32, [], crowd).length, 16);
  const many = Array.from({ length: 99 }, (_, at) => guest(`${at}`));
  const held = fill(32, [], many);
  assert.equal(held.length, 24);
  // The owner has all that is left, and half of all in one room.
  assert.equal(fill(32, held, Array(99).fill(OWNER)).length, 32);
  assert.equal(fill(32, [], Array(99).fill(OWNER)).length, 16);
});

Deno.test("hasPlaceFor() has a place for a guest where there are few", () => {
  for (const places of [1, 2, 3]) {
    assert.ok(hasPlaceFor(guest("a"), places, []));
    assert.equal(fill(places, [], [1, 2, 3].map((at) => guest(`${at}`))).length, places);
  }
  // Four phones of one room, through the server.
  assert.equal(fill(8, [], Array(9).fill(guest("a"))).length, 4);
});
