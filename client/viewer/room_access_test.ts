import assert from "node:assert/strict";
import { linksOf, openRoomKeys } from "./room_access.ts";

const ORIGINS = [{ origin: "https://192.168.1.2:3443", label: "192.168.1.2" }];

function place(href: string) {
  const { origin, hash } = new URL(href);
  return { href, origin, hash };
}

Deno.test("openRoomKeys() makes a room whose page address is enough to come back to it", async () => {
  const made = await openRoomKeys(place("http://localhost:3000/?clean=1"), ORIGINS);
  assert.match(made!.pageUrl, /^http:\/\/localhost:3000\/\?clean=1#room=.+&owner=.+/);
  const back = await openRoomKeys(place(made!.pageUrl), ORIGINS);
  assert.deepEqual(back, made);
  const other = await openRoomKeys(place("http://localhost:3000/"), ORIGINS);
  assert.notEqual(other!.roomId, made!.roomId);
});

Deno.test("openRoomKeys() hands out links that open the room in one role each", async () => {
  const owner = await openRoomKeys(place("http://localhost:3000/"), ORIGINS);
  const { join, view } = owner!.links!;
  assert.ok(join[0]!.url.startsWith(`https://192.168.1.2:3443/join/${owner!.roomId}#`));
  assert.ok(!join[0]!.url.includes(owner!.token) && !view.includes(owner!.token));
  const viewer = await openRoomKeys(place(view), ORIGINS);
  assert.deepEqual(
    [viewer!.role, viewer!.roomId, viewer!.token, viewer!.links],
    ["viewer", owner!.roomId, owner!.create!.viewToken, null],
  );
});

Deno.test("linksOf() leads into the same room by other addresses, and says which work everywhere", async () => {
  const owner = (await openRoomKeys(place("http://localhost:3000/"), ORIGINS))!;
  const tunnel = { origin: "https://a.tunnel.example", label: "a", isTunnel: true };
  const { join, view } = linksOf(owner, [tunnel, ...ORIGINS])!;
  assert.deepEqual(join.map(({ isTunnel }) => isTunnel), [true, false]);
  assert.deepEqual(join[1], owner.links!.join[0]);
  assert.equal(new URL(join[0]!.url).hash, new URL(join[1]!.url).hash);
  assert.ok(view.startsWith("https://a.tunnel.example/#room="));
  const viewer = (await openRoomKeys(place(view), ORIGINS))!;
  assert.equal(linksOf(viewer, [tunnel]), null);
});

Deno.test("openRoomKeys() refuses a link that is cut off", async () => {
  assert.equal(await openRoomKeys(place("http://localhost:3000/#room=abc"), ORIGINS), null);
});
