import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { peerIdSchema, type Token } from "@/protocol";
import * as v from "valibot";
import { logName, peerIdOf, roomIdOf, secretsEqual } from "./tokens.ts";

Deno.test("secretsEqual() compares whole secrets", () => {
  assert.ok(secretsEqual("abc", "abc"));
  assert.ok(!secretsEqual("abc", "abd"));
  assert.ok(!secretsEqual("abc", "ab"));
  assert.ok(!secretsEqual("é", "e"));
});

Deno.test("peerIdOf() is a public name that does not show the identity", () => {
  const identity = "A".repeat(22) as Parameters<typeof peerIdOf>[0];
  assert.ok(v.is(peerIdSchema, peerIdOf(identity)));
  assert.equal(peerIdOf(identity), peerIdOf(identity));
  assert.notEqual(peerIdOf(identity), identity);
});

Deno.test("logName() is short and not the id", () => {
  const id = "A".repeat(22);
  assert.match(logName(id), /^[0-9a-f]{8}$/);
  assert.equal(logName(id), logName(id));
  // Keyed: what anybody can compute from the id is another name.
  const plain = createHash("sha256").update(id).digest("hex");
  assert.notEqual(logName(id), plain.slice(0, 8));
});

Deno.test("roomIdOf() gives the id that the page derives too", () => {
  // The same pair stands in client/signaling/room_keys_test.ts.
  assert.equal(roomIdOf("B".repeat(22) as Token), "dw2qYsnNUJPBAn-r9TB_FA");
});
