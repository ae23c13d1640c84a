import assert from "node:assert/strict";
import fc from "fast-check";
import type { Instance, PeerId, RoomId } from "@/protocol";
import type { RoomPage } from "../link/page.ts";
import { StreamRegistry } from "./stream_registry.ts";
import { SETTINGS } from "./testing/fake_process.ts";

const id = (letter: string) => letter.repeat(22);
const viewerOf = (room: string, peer: string, instance: string): RoomPage => ({
  roomId: id(room) as RoomId,
  peerId: id(peer) as PeerId,
  instance: id(instance) as Instance,
  role: "owner",
  from: { address: "192.168.1.30", isTrusted: false },
});
const named = (letter: string) => ({
  stream: id(letter) as Instance,
  settings: SETTINGS,
  relayed: null,
});

const LIMITS = { maxStreams: 3, maxStreamsPerViewer: 2 };
const ANNA = viewerOf("r", "a", "1");
const BEN = viewerOf("r", "b", "1");

function opened(registry: StreamRegistry, viewer: RoomPage, letter: string) {
  const open = registry.open(viewer, named(letter));
  assert.ok(typeof open !== "string", "too many");
  return open;
}

Deno.test("StreamRegistry.open() changes the settings of an open stream and keeps its key", () => {
  const registry = new StreamRegistry(LIMITS);
  const first = opened(registry, ANNA, "x");
  const settings = { ...SETTINGS, modelId: "other" };
  const again = registry.open(ANNA, { ...named("x"), settings });
  assert.ok(typeof again !== "string");
  assert.equal(again.key, first.key);
  assert.equal(registry.get(first.key)?.settings.modelId, "other");
});

Deno.test("StreamRegistry.open() refuses what is over its limits, of one peer and of all", () => {
  const registry = new StreamRegistry(LIMITS);
  opened(registry, ANNA, "x");
  const second = opened(registry, ANNA, "y");
  assert.equal(registry.open(ANNA, named("z")), "too-many-streams");
  // Another load of the same page counts with it.
  assert.equal(registry.open(viewerOf("r", "a", "2"), named("z")), "too-many-streams");
  opened(registry, viewerOf("q", "c", "1"), "x");
  assert.equal(registry.open(viewerOf("q", "d", "1"), named("x")), "too-many-streams");
  registry.close(second.key);
  opened(registry, viewerOf("q", "d", "1"), "x");
});

Deno.test("StreamRegistry.open() leaves half of all streams to other rooms, and some to trusted owners", () => {
  const registry = new StreamRegistry({ maxStreams: 4, maxStreamsPerViewer: 2 });
  const { key } = opened(registry, ANNA, "x");
  opened(registry, BEN, "x");
  assert.equal(registry.open(BEN, named("y")), "too-many-streams");
  opened(registry, viewerOf("q", "c", "1"), "x");
  const guest = viewerOf("q", "d", "1");
  const from = { ...guest.from, isTrusted: true };
  assert.equal(registry.open(guest, named("x")), "too-many-streams");
  assert.equal(registry.open({ ...guest, role: "viewer", from }, named("x")), "too-many-streams");
  opened(registry, { ...guest, from }, "x");
  registry.close(key);
  opened(registry, BEN, "y");
});

Deno.test("StreamRegistry never uses a key twice", () => {
  const registry = new StreamRegistry(LIMITS);
  const first = opened(registry, ANNA, "x");
  registry.close(first.key);
  assert.notEqual(opened(registry, ANNA, "x").key, first.key);
  assert.equal(registry.get(first.key), undefined);
});

/** Few values of each, so that rooms, peers, loads and names collide all the time. */
const step = fc.record({
  kind: fc.constantFrom("open", "open", "close"),
  viewer: fc.tuple(
    fc.constantFrom("r", "q"),
    fc.constantFrom("a", "b"),
    fc.constantFrom("1", "2"),
  ).map(([room, peer, instance]) => viewerOf(room, peer, instance)),
  name: fc.constantFrom("x", "y", "z"),
});

Deno.test("StreamRegistry leads no viewer to another's stream, and keeps to its limits", () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const registry = new StreamRegistry(LIMITS);
    const owners = new Map<string, RoomPage>();
    for (const { kind, viewer, name } of steps) {
      const found = registry.find(viewer, named(name).stream);
      if (found !== undefined) assert.deepEqual(found.viewer, viewer);
      if (kind === "open") {
        const open = registry.open(viewer, named(name));
        if (typeof open !== "string") {
          assert.deepEqual(owners.get(open.key) ?? viewer, viewer);
          owners.set(open.key, viewer);
        }
      } else if (found !== undefined) registry.close(found.key);

      const all = registry.all();
      assert.ok(all.length <= LIMITS.maxStreams);
      for (const open of all) {
        assert.deepEqual(open.viewer, owners.get(open.key));
        assert.equal(registry.find(open.viewer, open.stream)?.key, open.key);
        const own = all.filter(({ viewer: other }) =>
          other.roomId === open.viewer.roomId && other.peerId === open.viewer.peerId
        );
        assert.ok(own.length <= LIMITS.maxStreamsPerViewer);
        const { roomId } = open.viewer;
        assert.ok(registry.ofRoom(roomId).length <= 2, "of 3 streams, rounded up");
        assert.ok(registry.ofRoom(roomId).every((each) => each.viewer.roomId === roomId));
      }
    }
  }));
});
