import assert from "node:assert/strict";
import fc from "fast-check";
import type { TrackedDetection } from "@/vision";
import { rectangle } from "./geometry.ts";
import type { Zone } from "./zone.ts";
import {
  type Crossing,
  ENTER_MS,
  LEAVE_MS,
  LOST_MS,
  type WatchedResult,
  ZoneWatch,
} from "./zone_watch.ts";

const LABELS = ["person", "dog"];

const LEFT: Zone = {
  id: "left",
  name: "Left",
  points: rectangle({ x: 0, y: 0 }, { x: 0.5, y: 1 }),
  kinds: ["enter", "leave"],
  classes: null,
};

/** Something that stands at `x`. */
function found(x: number, trackId: number | null = 1, classId = 0): TrackedDetection {
  const box = { xmin: x - 0.05, ymin: 0.2, xmax: x + 0.05, ymax: 0.8 };
  return { box, score: 0.9, classId, trackId, velocity: null };
}

function result(atMs: number, ...detections: TrackedDetection[]): WatchedResult {
  return { detections, weak: [], trackEpoch: 1, receivedAtMs: atMs };
}

function watching(...zones: Zone[]) {
  const watch = new ZoneWatch();
  watch.setZones(zones);
  return {
    watch,
    see: (atMs: number, ...all: TrackedDetection[]) =>
      watch.add(result(atMs, ...all), LABELS).map(({ kind }) => kind),
  };
}

Deno.test("ZoneWatch: an object enters in its second result inside, and not before 200 ms", () => {
  const { watch, see } = watching(LEFT);
  assert.deepEqual(see(0, found(0.3)), []);
  assert.deepEqual(see(100, found(0.3)), []);
  assert.deepEqual(see(ENTER_MS, found(0.3)), ["enter"]);
  assert.deepEqual(see(300, found(0.3)), []);
  assert.deepEqual(watch.counts(), [{
    zoneId: "left",
    now: 1,
    entered: 1,
    left: 0,
    classes: [{ label: "person", now: 1, entered: 1 }],
  }]);
  const slow = watching(LEFT);
  assert.deepEqual(slow.see(0, found(0.3)), []);
  assert.deepEqual(slow.see(1_000, found(0.3)), ["enter"]);
});

Deno.test("ZoneWatch: it leaves after 300 ms outside, or when it was lost for over a second", () => {
  const { watch, see } = watching(LEFT);
  see(0, found(0.3));
  see(200, found(0.3));
  assert.deepEqual(see(300, found(0.7)), []);
  assert.deepEqual(see(500, found(0.4)), [], "back in time");
  assert.deepEqual(see(600, found(0.7)), []);
  assert.deepEqual(see(600 + LEAVE_MS, found(0.7)), ["leave"]);

  see(1_000, found(0.3));
  see(1_300, found(0.3));
  assert.deepEqual(see(1_300 + LOST_MS), []);
  const [gone] = watch.add(result(1_301 + LOST_MS), LABELS);
  assert.deepEqual([gone?.kind, gone?.lost, gone?.found.trackId], ["leave", true, 1]);
  assert.equal(watch.counts()[0]!.left, 2);
});

Deno.test("ZoneWatch: where results come seldom, one that misses an object says little", () => {
  const { see } = watching(LEFT);
  see(0, found(0.3));
  see(2_000, found(0.3));
  assert.deepEqual(see(4_000), []);
  assert.deepEqual(see(6_000, found(0.3)), []);
  assert.deepEqual(see(8_000), []);
  assert.deepEqual(see(10_000), ["leave"]);
});

Deno.test("ZoneWatch: without results nobody leaves; found again it is still there", () => {
  const { watch, see } = watching(LEFT);
  see(0, found(0.3));
  see(200, found(0.3));
  watch.clearNow();
  assert.equal(watch.counts()[0]!.now, 0);
  assert.deepEqual(see(60_000, found(0.3)), []);
  assert.equal(watch.counts()[0]!.entered, 1);
});

Deno.test("ZoneWatch: ids that begin anew are other objects; nobody is said to have left", () => {
  const { watch, see } = watching(LEFT);
  see(0, found(0.3));
  see(200, found(0.3));
  const again = (atMs: number) =>
    watch.add({ ...result(atMs, found(0.3)), trackEpoch: 2 }, LABELS).map(({ kind }) => kind);
  assert.deepEqual(again(300), []);
  assert.deepEqual(again(500), ["enter"]);
  watch.clear();
  assert.deepEqual(again(0), [], "another camera's clock may begin anew, too");
  assert.deepEqual(again(200), ["enter"]);
  assert.deepEqual([watch.counts()[0]!.entered, watch.counts()[0]!.left], [3, 0]);
});

Deno.test("ZoneWatch: classes that a zone does not watch do not count, nor do objects without an id", () => {
  const { watch, see } = watching({ ...LEFT, classes: ["dog"] });
  see(0, found(0.3), found(0.2, 2, 1), found(0.1, null, 1));
  assert.deepEqual(see(300, found(0.3), found(0.2, 2, 1), found(0.1, null, 1)), ["enter"]);
  assert.deepEqual(watch.counts()[0]!.classes, [{ label: "dog", now: 2, entered: 1 }]);
});

Deno.test("ZoneWatch: a zone that is moved or renamed keeps its counts; moved, its visitors enter anew", () => {
  const { watch, see } = watching(LEFT);
  see(0, found(0.3));
  see(200, found(0.3));
  watch.setZones([{ ...LEFT, name: "Door" }]);
  assert.deepEqual(see(300, found(0.3)), []);
  watch.setZones([{ ...LEFT, points: rectangle({ x: 0, y: 0 }, { x: 0.6, y: 1 }) }]);
  see(400, found(0.3));
  assert.deepEqual(see(600, found(0.3)), ["enter"]);
  assert.equal(watch.counts()[0]!.entered, 2);
  watch.resetCounts();
  assert.equal(watch.counts()[0]!.entered, 0);
  watch.setZones([]);
  assert.deepEqual(watch.counts(), []);
});

/** Results of some objects that go anywhere, with gaps, lost ones, late results and new trackers. */
const steps = fc.array(
  fc.record({
    afterMs: fc.oneof(fc.integer({ min: 5, max: 400 }), fc.integer({ min: -50, max: 3_000 })),
    xs: fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 4 }),
    isNewTracker: fc.nat(19).map((number) => number === 0),
  }),
  { maxLength: 120 },
);

Deno.test("ZoneWatch: per zone and object, enter and leave take turns, beginning with enter; counts agree", () => {
  const RIGHT: Zone = { ...LEFT, id: "right", points: rectangle({ x: 0.4, y: 0 }, { x: 1, y: 1 }) };
  fc.assert(fc.property(steps, (all) => {
    const watch = new ZoneWatch();
    watch.setZones([LEFT, RIGHT]);
    const inside = new Map<string, boolean>();
    const totals = { enter: 0, leave: 0 };
    let atMs = 0;
    let trackEpoch = 1;
    for (const { afterMs, xs, isNewTracker } of all) {
      atMs += afterMs;
      if (isNewTracker) trackEpoch += 1;
      const detections = xs.flatMap((x, id) => x === null ? [] : [found(x, id + 1)]);
      const given = { detections, weak: [], trackEpoch, receivedAtMs: atMs };
      for (const { kind, zone, found: { trackId } } of watch.add(given, LABELS)) {
        const who = `${zone.id} ${trackEpoch} ${trackId}`;
        assert.equal(inside.get(who) ?? false, kind === "leave", `${kind} twice: ${who}`);
        inside.set(who, kind === "enter");
        totals[kind] += 1;
      }
      const counts = watch.counts();
      for (const { now, entered, left } of counts) {
        assert.ok(now >= 0 && entered >= left && left >= 0);
        assert.ok(now <= 4);
      }
      assert.equal(counts.reduce((sum, { entered }) => sum + entered, 0), totals.enter);
      assert.equal(counts.reduce((sum, { left }) => sum + left, 0), totals.leave);
    }
  }));
});

Deno.test("ZoneWatch: shaking on the line gives no storm, at whatever rate", () => {
  const shakes = fc.array(fc.double({ min: 0.45, max: 0.55, noNaN: true }), {
    minLength: 300,
    maxLength: 300,
  });
  fc.assert(fc.property(shakes, fc.integer({ min: 10, max: 200 }), (xs, intervalMs) => {
    const { watch } = watching(LEFT);
    const crossings: Crossing[] = [];
    xs.forEach((x, index) => {
      crossings.push(...watch.add(result(index * intervalMs, found(x)), LABELS));
    });
    const seconds = xs.length * intervalMs / 1000;
    // By the two times, a round takes half a second at the least.
    assert.ok(crossings.length <= 2 * seconds / ((ENTER_MS + LEAVE_MS) / 1000) + 2);
  }));
  const { see } = watching(LEFT);
  const seen = Array.from({ length: 100 }, (_, index) => see(index * 100, found(index % 2)));
  assert.deepEqual(seen.flat(), [], "to and fro between two results");
});
