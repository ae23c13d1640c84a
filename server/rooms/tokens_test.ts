import assert from "node:assert/strict";
import { peerIdSchema, type Token } from "@/protocol";
import * as v from "valibot";
import { peerIdOf, roomIdOf } from "./tokens.ts";

Deno.test("peerIdOf() is a public name that does not show the identity", () => {
  const identity = "A".repeat(22) as Parameters<typeof peerIdOf>[0];
  assert.ok(v.is(peerIdSchema, peerIdOf(identity)));
  assert.equal(peerIdOf(identity), peerIdOf(identity));
  assert.notEqual(peerIdOf(identity), identity);
});

Deno.test("roomIdOf() gives the id that the page derives too", () => {
  // The same pair stands in client/signaling/room_keys_test.ts.
  assert.equal(roomIdOf("B".repeat(22) as Token), "dw2qYsnNUJPBAn-r9TB_FA");
});
