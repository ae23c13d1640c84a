import assert from "node:assert/strict";
import { knownRooms } from "../rooms/known_rooms.ts";
import { FakeStorage } from "../base/testing/fake_storage.ts";
import { linksOf, openRoomKeys } from "./room_access.ts";

const ORIGINS = [{ origin: "https://192.168.1.2:3443", label: "192.168.1.2" }];

const storage = new FakeStorage();
const ROOMS = knownRooms(() => storage);

function place(href: string) {
  const { origin, hash } = new URL(href);
  return { href, origin, hash };
}

Deno.test("openRoomKeys() makes a room whose page address is enough to come back to it", async () => {
  const made = await openRoomKeys(place("http://localhost:3000/?clean=1"), ORIGINS, ROOMS);
  assert.match(made!.pageUrl, /^http:\/\/localhost:3000\/\?clean=1#room=.+&owner=.+/);
  const back = await openRoomKeys(place(made!.pageUrl), ORIGINS, ROOMS);
  assert.deepEqual(back, made);
  const other = await openRoomKeys(place("http://localhost:3000/"), ORIGINS, ROOMS);
  assert.notEqual(other!.roomId, made!.roomId);
});

Deno.test("openRoomKeys() hands out links that open the room in one role each", async () => {
  const owner = await openRoomKeys(place("http://localhost:3000/"), ORIGINS, ROOMS);
  const { join, view } = owner!.links!;
  assert.ok(join[0]!.url.startsWith(`https://192.168.1.2:3443/join/${owner!.roomId}#`));
  assert.ok(!join[0]!.url.includes(owner!.token) && !view.includes(owner!.token));
  const viewer = await openRoomKeys(place(view), ORIGINS, ROOMS);
  assert.deepEqual(
    [viewer!.role, viewer!.roomId, viewer!.token, viewer!.links],
    ["viewer", owner!.roomId, owner!.create!.viewToken, null],
  );
});

Deno.test("linksOf() leads into the same room by other addresses, and says which work everywhere", async () => {
  const owner = (await openRoomKeys(place("http://localhost:3000/"), ORIGINS, ROOMS))!;
  const tunnel = { origin: "https://a.tunnel.example", label: "a", isTunnel: true };
  const { join, view } = linksOf(owner, [tunnel, ...ORIGINS])!;
  assert.deepEqual(join.map(({ isTunnel }) => isTunnel), [true, false]);
  assert.deepEqual(join[1], owner.links!.join[0]);
  assert.equal(new URL(join[0]!.url).hash, new URL(join[1]!.url).hash);
  assert.ok(view.startsWith("https://a.tunnel.example/#room="));
  const viewer = (await openRoomKeys(place(view), ORIGINS, ROOMS))!;
  assert.equal(linksOf(viewer, [tunnel]), null);
});

Deno.test("openRoomKeys() refuses a link that is cut off", async () => {
  assert.equal(await openRoomKeys(place("http://localhost:3000/#room=abc"), ORIGINS, ROOMS), null);
});

Deno.test("openRoomKeys() tells a room of this browser from one that others led it to", async () => {
  const mine = new FakeStorage();
  const rooms = knownRooms(() => mine);
  const made = (await openRoomKeys(place("http://localhost:3000/"), ORIGINS, rooms))!;
  assert.equal(made.origin, "made");
  assert.equal((await openRoomKeys(place(made.pageUrl), ORIGINS, rooms))!.origin, "made");
  // Another browser, or another site that knows the keys.
  const theirs = new FakeStorage();
  const others = knownRooms(() => theirs);
  assert.equal((await openRoomKeys(place(made.pageUrl), ORIGINS, others))!.origin, null);
  others.set(made.roomId, "opened");
  assert.equal((await openRoomKeys(place(made.pageUrl), ORIGINS, others))!.origin, "opened");
  const view = (await openRoomKeys(place(made.links!.view), ORIGINS, others))!;
  assert.equal(view.origin, "opened", "whoever has it sees what its owner lets them see");
  assert.ok(![...mine.items.values()].join().includes(made.token));
});
