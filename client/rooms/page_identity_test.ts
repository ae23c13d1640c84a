import assert from "node:assert/strict";
import type { RoomId } from "@/protocol";
import { pageIdentity, phoneStorage } from "./page_identity.ts";
import { FakeStorage } from "../base/testing/fake_storage.ts";

const place = { roomId: "AAAAAAAAAAAAAAAAAAAAAA" as RoomId, role: "phone" } as const;

Deno.test("pageIdentity() is the same after a reload and another in another role", () => {
  const storage = new FakeStorage();
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

Deno.test("phoneStorage() gives a phone its own place again after its browser was closed", () => {
  const browser = new FakeStorage();
  const identity = pageIdentity(place, () => phoneStorage(new FakeStorage(), browser));
  assert.equal(pageIdentity(place, () => phoneStorage(new FakeStorage(), browser)), identity);
});

Deno.test("phoneStorage() keeps one room, and tabs keep their own", () => {
  const browser = new FakeStorage();
  const tab = phoneStorage(new FakeStorage(), browser);
  const identity = pageIdentity(place, () => tab);
  const elsewhere = { ...place, roomId: "BBBBBBBBBBBBBBBBBBBBBB" as RoomId };
  const other = pageIdentity(elsewhere, () => phoneStorage(new FakeStorage(), browser));
  assert.notEqual(other, identity);
  assert.equal(pageIdentity(place, () => tab), identity);
  assert.notEqual(pageIdentity(place, () => phoneStorage(new FakeStorage(), browser)), identity);
});
