import assert from "node:assert/strict";
import fc from "fast-check";
import { Mover, type Placed } from "./mover.ts";
import { betterPlaceFor, expectedAgeMs, type MemberLoad, placeFor, runMsOf } from "./placement.ts";

const MODEL = "m";

function member(over: Partial<MemberLoad> & { id: string }): MemberLoad {
  return {
    isOpen: true,
    lanes: 1,
    streams: 0,
    maxStreams: 1_000,
    busyMs: 0,
    queueMs: null,
    wayMs: 0,
    runMs: { [MODEL]: 20 },
    has: (modelId) => modelId === MODEL,
    ...over,
  };
}

/** A cluster of members that differ in speed, lanes and what they have to do. */
const someMembers = fc.array(
  fc.record({
    isOpen: fc.boolean(),
    has: fc.boolean(),
    lanes: fc.integer({ min: 1, max: 8 }),
    streams: fc.nat(10),
    maxStreams: fc.integer({ min: 1, max: 10 }),
    busyMs: fc.nat(500),
    queueMs: fc.option(fc.nat(500), { nil: null }),
    wayMs: fc.nat(5),
    runMs: fc.option(fc.integer({ min: 1, max: 200 }), { nil: null }),
  }),
  { minLength: 1, maxLength: 8 },
).map((all) =>
  all.map(({ has, runMs, ...rest }, index): MemberLoad =>
    member({
      ...rest,
      id: `w${index}`,
      runMs: runMs === null ? {} : { [MODEL]: runMs },
      has: () => has,
    })
  )
);

Deno.test("placeFor() takes the member with the least expected age, of those that may", () => {
  fc.assert(fc.property(someMembers, (members) => {
    const may = members.filter((one) =>
      one.isOpen && one.has(MODEL) && one.streams < one.maxStreams
    );
    const age = (one: MemberLoad) => expectedAgeMs(one, runMsOf(one, MODEL, members));
    const place = placeFor(MODEL, members);
    if ("cause" in place) return assert.equal(may.length, 0);
    const chosen = may.find(({ id }) => id === place.id)!;
    for (const other of may) assert.ok(age(chosen) <= age(other));
    // The same for every node, in whatever order it knows of them.
    assert.deepEqual(placeFor(MODEL, members.toReversed()), place);
  }));
});

Deno.test("placeFor() says why there is no place", () => {
  const cause = (...members: MemberLoad[]) => placeFor(MODEL, members);
  const has = () => false;
  assert.deepEqual(cause(member({ id: "a", has })), { cause: "unknown-model" });
  const closed = member({ id: "a", isOpen: false });
  assert.deepEqual(cause(closed), { cause: "restarting" });
  assert.deepEqual(cause(closed, member({ id: "b", has })), { cause: "restarting" });
  assert.deepEqual(cause(), { cause: "restarting" });
  assert.deepEqual(cause(member({ id: "a", streams: 4, maxStreams: 4 })), {
    cause: "too-many-streams",
  });
});

/** Places streams one after another, and counts them in. */
function fill(members: MemberLoad[], count: number): { placed: Placed[]; members: MemberLoad[] } {
  const placed: Placed[] = [];
  let all = members;
  for (let n = 0; n < count; n++) {
    const place = placeFor(MODEL, all);
    assert.ok("id" in place);
    placed.push({ stream: `s${n}`, member: place.id, modelId: MODEL });
    all = counted(members, placed);
  }
  return { placed, members: all };
}

function counted(members: readonly MemberLoad[], placed: readonly Placed[]): MemberLoad[] {
  return members.map((one) => {
    const own = placed.filter(({ member: id }) => id === one.id).length;
    return {
      ...one,
      streams: one.streams + own,
      busyMs: one.busyMs + own * runMsOf(one, MODEL, members),
    };
  });
}

const unequal = fc.array(
  fc.record({ lanes: fc.integer({ min: 1, max: 4 }), runMs: fc.integer({ min: 10, max: 40 }) }),
  { minLength: 2, maxLength: 6 },
);

Deno.test("streams of one model are shared by what members can do: ages differ by one stream at most", () => {
  fc.assert(fc.property(unequal, fc.integer({ min: 8, max: 60 }), (machines, count) => {
    const empty = machines.map(({ lanes, runMs }, index) =>
      member({ id: `w${index}`, lanes, runMs: { [MODEL]: runMs } })
    );
    const { placed, members } = fill(empty, count);
    for (const one of members) {
      if (!placed.some(({ member: id }) => id === one.id)) continue;
      const ownMs = one.runMs[MODEL]!;
      const hereMs = expectedAgeMs({ ...one, busyMs: one.busyMs - ownMs }, ownMs);
      for (const other of members) {
        // Nobody's newest stream would have been better off elsewhere.
        assert.ok(hereMs <= expectedAgeMs(other, other.runMs[MODEL]!) + 1e-9);
      }
    }
  }));
});

Deno.test("Mover leaves streams alone that were placed well, whatever frames wait for by themselves", () => {
  fc.assert(
    fc.property(unequal, fc.integer({ min: 1, max: 40 }), (machines, count) => {
      const empty = machines.map(({ lanes, runMs }, index) =>
        member({ id: `w${index}`, lanes, runMs: { [MODEL]: runMs } })
      );
      const { placed, members } = fill(empty, count);
      // A page has a second frame under way, which waits for the turns of all.
      const waiting = members.map((one) => ({
        ...one,
        queueMs: one.streams === 0 ? null : Math.max(one.runMs[MODEL]!, one.busyMs / one.lanes),
      }));
      const mover = new Mover();
      for (let ms = 0; ms < 60_000; ms += 100) {
        assert.equal(mover.next(placed, waiting, ms), null);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("Mover comes to rest from any beginning, one stream after another", () => {
  const anywhere = fc.array(fc.nat(5), { minLength: 1, maxLength: 24 });
  fc.assert(
    fc.property(unequal, anywhere, (machines, places) => {
      const empty = machines.map(({ lanes, runMs }, index) =>
        member({ id: `w${index}`, lanes, runMs: { [MODEL]: runMs } })
      );
      const placed = places.map((place, n): Placed => ({
        stream: `s${n}`,
        member: `w${place % empty.length}`,
        modelId: MODEL,
      }));
      const mover = new Mover();
      let moves = 0;
      let lastMs = -Infinity;
      for (let ms = 0; ms < 400_000; ms += 250) {
        const members = counted(empty, placed);
        const move = mover.next(placed, members, ms);
        if (move === null) continue;
        assert.equal(move.cause, "behind");
        assert.ok(ms - lastMs >= 5_000, "It was better for long enough, after the last move");
        lastMs = ms;
        moves += 1;
        const at = placed.findIndex(({ stream }) => stream === move.stream);
        const left = members.filter(({ id }) => id !== placed[at]!.member);
        const place = placeFor(MODEL, left);
        assert.ok("id" in place);
        placed[at] = { ...placed[at]!, member: place.id };
        assert.ok(ms < 300_000, "It does not end");
      }
      assert.ok(moves <= places.length, `${moves} moves of ${places.length} streams`);
      const members = counted(empty, placed);
      for (const { member: id } of placed) {
        assert.equal(betterPlaceFor(MODEL, members.find((one) => one.id === id)!, members), null);
      }
    }),
    { numRuns: 30 },
  );
});

Deno.test("Mover hands over the streams of one that drains one by one, as long as there is a place", () => {
  const draining = member({ id: "a", isOpen: false });
  const other = member({ id: "b" });
  const placed = [1, 2, 3].map((n) => ({ stream: `s${n}`, member: "a", modelId: MODEL }));
  const mover = new Mover();
  assert.equal(mover.next(placed, [draining], 0), null);
  const moved: string[] = [];
  for (let ms = 0; ms < 1_000; ms += 50) {
    const move = mover.next(placed.filter(({ stream }) => !moved.includes(stream)), [
      draining,
      other,
    ], ms);
    if (move !== null) moved.push(move.stream);
    assert.ok(moved.length <= 1 + ms / 100);
  }
  assert.deepEqual(moved, ["s1", "s2", "s3"]);
});
