import assert from "node:assert/strict";
import type { RoomId } from "@/protocol";
import { pageIdentity } from "./page_identity.ts";

const place = { roomId: "AAAAAAAAAAAAAAAAAAAAAA" as RoomId, role: "phone" } as const;

function fakeStorage() {
  const items = new Map<string, string>();
  return {
    getItem: (key: string) => items.get(key) ?? null,
    setItem: (key: string, value: string) => void items.set(key, value),
  };
}

Deno.test("pageIdentity() is the same after a reload and another in another role", () => {
  const storage = fakeStorage();
  const identity = pageIdentity(place, () => storage);
  assert.equal(pageIdentity(place, () => storage), identity);
  assert.notEqual(pageIdentity({ ...place, role: "viewer" }, () => storage), identity);
});

Deno.test("pageIdentity() gives a fresh one where storage is shut or holds rubbish", () => {
  const shut = () => {
    throw new DOMException("denied", "SecurityError");
  };
  assert.match(pageIdentity(place, shut), /^[\w-]{22}$/);
  const rubbish = { getItem: () => "x", setItem: () => {} };
  assert.match(pageIdentity(place, () => rubbish), /^[\w-]{22}$/);
});
