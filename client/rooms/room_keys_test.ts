import assert from "node:assert/strict";
import fc from "fast-check";
import type { RoomId, Token } from "@/protocol";
import {
  createOwnerKeys,
  deriveOwnerKeys,
  ownerUrl,
  parsePhoneLink,
  parseViewerLink,
  phoneUrl,
  roomIdOf,
  viewerUrl,
} from "./room_keys.ts";

const ORIGIN = "https://192.168.1.20:3443";
const ROOM = "AAAAAAAAAAAAAAAAAAAAAA" as RoomId;
const OWNER = "BBBBBBBBBBBBBBBBBBBBBB" as Token;

Deno.test("createOwnerKeys() gives four different secrets", async () => {
  const keys = await createOwnerKeys();
  assert.equal(new Set(Object.values(keys)).size, 4);
});

Deno.test("createOwnerKeys() names a room that its owner token may create", async () => {
  const { roomId, ownerToken } = await createOwnerKeys();
  assert.equal(roomId, await roomIdOf(ownerToken));
});

Deno.test("roomIdOf() gives the id that the server derives too", async () => {
  // The same pair stands in server/rooms/tokens_test.ts.
  assert.equal(await roomIdOf(OWNER), "dw2qYsnNUJPBAn-r9TB_FA");
});

Deno.test("deriveOwnerKeys() gives the same keys from the same link and others from another", async () => {
  const keys = await deriveOwnerKeys(ROOM, OWNER);
  assert.deepEqual(await deriveOwnerKeys(ROOM, OWNER), keys);
  const other = await deriveOwnerKeys(ROOM, "CCCCCCCCCCCCCCCCCCCCCC" as Token);
  assert.notEqual(other.viewToken, keys.viewToken);
  assert.notEqual(other.joinToken, keys.joinToken);
});

Deno.test("parseViewerLink() reads back what ownerUrl() and viewerUrl() build", async () => {
  const keys = await deriveOwnerKeys(ROOM, OWNER);
  assert.deepEqual(parseViewerLink(new URL(ownerUrl(ORIGIN, keys)).hash), {
    kind: "owner",
    roomId: ROOM,
    ownerToken: OWNER,
  });
  assert.deepEqual(parseViewerLink(new URL(viewerUrl(ORIGIN, keys)).hash), {
    kind: "viewer",
    roomId: ROOM,
    viewToken: keys.viewToken,
  });
});

Deno.test("parseViewerLink() tells an empty fragment from a broken one", () => {
  assert.deepEqual(parseViewerLink(""), { kind: "none" });
  assert.deepEqual(parseViewerLink("#"), { kind: "none" });
  assert.deepEqual(parseViewerLink(`#room=${ROOM}`), { kind: "broken" });
  assert.deepEqual(parseViewerLink(`#room=${ROOM}&owner=short`), { kind: "broken" });
  fc.assert(fc.property(fc.string(), (text) => {
    assert(["none", "broken"].includes(parseViewerLink(text).kind));
  }));
});

Deno.test("parsePhoneLink() reads back what phoneUrl() builds, with punctuation behind it", async () => {
  const keys = await deriveOwnerKeys(ROOM, OWNER);
  for (const tail of ["", ".", ")", ">.", "%20", " "]) {
    const { pathname, hash } = new URL(phoneUrl(ORIGIN, keys) + tail);
    assert.deepEqual(parsePhoneLink({ pathname, hash }), { roomId: ROOM, token: keys.joinToken });
  }
});

Deno.test("parsePhoneLink() gives null without a whole token or room", () => {
  assert.equal(parsePhoneLink({ pathname: `/join/${ROOM}`, hash: "" }), null);
  assert.equal(parsePhoneLink({ pathname: `/join/${ROOM}`, hash: "#abc" }), null);
  assert.equal(parsePhoneLink({ pathname: "/join/abc", hash: `#${OWNER}` }), null);
  assert.equal(parsePhoneLink({ pathname: "/", hash: `#${OWNER}` }), null);
});
