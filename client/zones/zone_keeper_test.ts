import assert from "node:assert/strict";
import { type EventSnapshot, parseZoneEvent, type ZoneEvent } from "@/protocol";
import { FakeTimers, settle } from "../base/testing/fake_timers.ts";
import { resultOf } from "../metrics/testing/frames.ts";
import { rectangle } from "./geometry.ts";
import { eventsToNdjson, MAX_EVENTS, withDelivery } from "./zone_events.ts";
import { ZoneKeeper } from "./zone_keeper.ts";
import { eventWords } from "./zone_words.ts";
import type { Zone } from "./zone.ts";
import { createZonesState } from "./zones_state.ts";

const DOOR: Zone = {
  id: "z1",
  name: "Door",
  points: rectangle({ x: 0, y: 0 }, { x: 0.5, y: 1 }),
  kinds: ["enter", "leave"],
  classes: null,
};
const MODEL = { id: "m", labels: ["person"] };
const SNAPSHOT: EventSnapshot = {
  type: "image/jpeg",
  "width_px": 640,
  "height_px": 480,
  mirrored: false,
  data: "/9j/AAAA",
};

function setUp() {
  const timers = new FakeTimers();
  const state = createZonesState();
  const sent: ZoneEvent[] = [];
  const pictures = {
    waitMs: 0,
    taken: 0,
    take: () => Promise.resolve<EventSnapshot | null>(SNAPSHOT),
  };
  const remembered: (readonly Zone[])[] = [];
  const keeper = new ZoneKeeper({
    state,
    timers,
    captureOf: (_key, atMs) => ({ timeMs: atMs - 40, clock: "captureTime", errorMs: 15 }),
    takeSnapshot: () => {
      pictures.taken += 1;
      return pictures.take();
    },
  });
  const memory = { zones: () => [], set: (zones: readonly Zone[]) => void remembered.push(zones) };
  keeper.start([DOOR], memory);
  keeper.setSender({ add: (event) => void sent.push(event) });
  const see = async (atMs: number, ...xs: number[]) => {
    const detections = xs.map((x, index) => ({
      box: { xmin: x - 0.05, ymin: 0.2, xmax: x + 0.05, ymax: 1.2 },
      score: 0.87654321,
      classId: 0,
      trackId: index + 1,
      velocity: null,
    }));
    keeper.addResult(resultOf(atMs, atMs, { detections, trackEpoch: 1 }), MODEL);
    await settle();
  };
  return { timers, state, sent, pictures, remembered, keeper, see };
}

Deno.test("ZoneKeeper makes events that the schema takes, lists and sends them", async () => {
  const { state, sent, see } = setUp();
  await see(1_000, 0.3);
  await see(1_300, 0.3);
  const [{ event, delivery } = assert.fail()] = state.events.value;
  assert.deepEqual(parseZoneEvent(JSON.parse(JSON.stringify(event))), event);
  assert.deepEqual(delivery, { kind: "kept" });
  assert.deepEqual(sent, [event]);
  assert.equal(event.capture_clock, "captureTime");
  assert.deepEqual(event.box, { xmin: 0.25, ymin: 0.2, xmax: 0.35, ymax: 1 });
  assert.equal(event.score, 0.8765);
  assert.equal(eventWords(event), "person entered Door");
  assert.equal(state.counts.value[0]?.entered, 1);
  await see(1_400, 0.8);
  await see(1_800, 0.8);
  assert.equal(eventWords(state.events.value[0]!.event), "person left Door");
  const lines = eventsToNdjson(state.events.value).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => JSON.parse(line).kind), ["enter", "leave"]);
});

Deno.test("ZoneKeeper tells only of what a zone is asked for, and counts the rest", async () => {
  const { state, sent, see } = setUp();
  state.zones.value = [{ ...DOOR, kinds: ["leave"] }];
  await see(1_000, 0.3);
  await see(1_300, 0.3);
  assert.deepEqual([sent.length, state.counts.value[0]?.entered], [0, 1]);
  await see(1_400);
  await see(2_500);
  await see(2_600);
  assert.deepEqual(sent.map(eventWords), ["person was lost in Door"]);
  state.zones.value = [];
  assert.deepEqual(state.counts.value, []);
});

Deno.test("ZoneKeeper: one picture for all that happens at once, waited for, but not for ever", async () => {
  const { timers, pictures, sent, see } = setUp();
  const picture = Promise.withResolvers<EventSnapshot>();
  pictures.take = () => picture.promise;
  await see(1_000, 0.1, 0.2, 0.3);
  await see(1_300, 0.1, 0.2, 0.3);
  assert.deepEqual([sent.length, pictures.taken], [0, 1]);
  picture.resolve(SNAPSHOT);
  await settle();
  assert.deepEqual(sent.map(({ snapshot }) => snapshot), [SNAPSHOT, SNAPSHOT, SNAPSHOT]);
  assert.equal(new Set(sent.map(({ id }) => id)).size, 3);
  pictures.take = () => new Promise(() => {});
  await see(1_400, 0.8);
  await see(1_800, 0.8);
  await timers.advance(2_999);
  assert.equal(sent.length, 3);
  await timers.advance(1);
  assert.equal(sent[3]?.snapshot, null);
  assert.equal(timers.pending, 0);
});

Deno.test("ZoneKeeper does without a picture where it fails, and where too many are in work", async () => {
  const { pictures, sent, see } = setUp();
  pictures.take = () => Promise.reject(new Error("no canvas"));
  await see(1_000, 0.3);
  await see(1_300, 0.3);
  assert.equal(sent[0]?.snapshot, null);
  const slow = setUp();
  slow.pictures.take = () => new Promise(() => {});
  for (let round = 0; round < 6; round++) {
    await slow.see(1_000 + round * 1_000, 0.8);
    await slow.see(1_400 + round * 1_000, 0.8);
    await slow.see(1_500 + round * 1_000, 0.3);
    await slow.see(1_800 + round * 1_000, 0.3);
  }
  assert.equal(slow.pictures.taken, 4);
  assert.ok(slow.sent.length > 0 && slow.sent.every(({ snapshot }) => snapshot === null));
});

Deno.test("ZoneKeeper keeps the newest events, notes deliveries, and remembers what is changed", async () => {
  const { state, keeper, remembered, see } = setUp();
  for (let round = 0; round < MAX_EVENTS; round++) {
    await see(1_000 + round * 1_000, 0.8);
    await see(1_400 + round * 1_000, 0.8);
    await see(1_500 + round * 1_000, 0.3);
    await see(1_800 + round * 1_000, 0.3);
  }
  assert.equal(state.events.value.length, MAX_EVENTS);
  const { id } = state.events.value[3]!.event;
  keeper.noteDelivery(id, { kind: "delivered" });
  keeper.noteDelivery("gone", { kind: "lost", why: "Because." });
  assert.deepEqual(state.events.value[3]!.delivery, { kind: "delivered" });
  assert.deepEqual(state.totals.value, { delivered: 1, lost: 1 });
  assert.deepEqual(withDelivery(state.events.value, "gone", { kind: "kept" }), state.events.value);
  assert.deepEqual(remembered, []);
  state.zones.value = [];
  assert.deepEqual(remembered, [[]]);
});
