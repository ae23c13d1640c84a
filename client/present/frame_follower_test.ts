import assert from "node:assert/strict";
import { type FollowerLike, FrameFollower } from "./frame_follower.ts";
import type { Pixels } from "./frame_ring.ts";
import { ResultBook } from "./result_book.ts";
import { found, resultOf } from "./testing/results.ts";

/** Of a decoder, with bytes. */
function frame(more: Record<string, unknown> = {}): Pixels {
  return {
    timestamp: 0,
    format: "I420",
    visibleRect: { width: 64, height: 48 },
    allocationSize: () => 64 * 48 * 1.5,
    copyTo: () => Promise.resolve([{ offset: 0, stride: 64 }]),
    ...more,
  } as unknown as Pixels;
}

function set() {
  const log: string[] = [];
  const deferred: (() => void)[] = [];
  let slices = 0;
  let accepts = true;
  const follower: FollowerLike = {
    fallenBack: 3,
    frameBuffer: (bytes) => new Uint8Array(bytes),
    addFrame: ({ widthPx, quarterTurns }, timeMs) =>
      void log.push(`frame ${timeMs} ${widthPx} ${quarterTurns}`),
    addResult: (_, timeMs) => {
      log.push(`result ${timeMs}`);
      return accepts;
    },
    step: () => --slices > 0,
    objects: () => [],
    reset: () => void log.push("reset"),
    resetObjects: () => void log.push("forget"),
  };
  let opened = 0;
  let moved = 0;
  const following = new FrameFollower({
    open: () => Promise.resolve((opened += 1, follower)),
    defer: (callback) => void deferred.push(callback),
    nowMs: () => 0,
    onMoved: () => void (moved += 1),
  });
  const book = new ResultBook();
  return {
    log,
    deferred,
    following,
    opened: () => opened,
    moved: () => moved,
    slices: (count: number) => void (slices = count),
    refuse: () => void (accepts = false),
    accept: () => void (accepts = true),
    result: (timeMs: number) => following.addResult(book.add(timeMs, resultOf(0, [found(0.5)]))),
    async look(timeMs: number, pixels = frame()) {
      following.look(pixels, timeMs);
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    },
  };
}

Deno.test("FrameFollower: it is opened with the first frame, once, and looks at those that follow", async () => {
  const { look, log, opened, following } = set();
  await look(0);
  await look(33, frame({ rotation: 90 }));
  await look(66);
  assert.deepEqual([opened(), log], [1, ["frame 33 64 1", "frame 66 64 0"]]);
  assert.equal(following.newestMs, 66);
});

Deno.test("FrameFollower: frames without luma to be read are left alone", async () => {
  const { look, log } = set();
  await look(0);
  await look(33, { width: 64, height: 48 } as unknown as Pixels);
  for (const other of [{ format: "RGBA" }, { format: null }, { flip: true }]) {
    await look(66, frame(other));
  }
  await look(99, frame({ copyTo: () => Promise.reject(new Error("closed")) }));
  assert.deepEqual(log, []);
});

Deno.test("FrameFollower: of 60 frames a second every other has to do, and of those in work none is added", async () => {
  const { look, log, following } = set();
  await look(0);
  for (const timeMs of [100, 117, 133, 150]) await look(timeMs);
  assert.deepEqual(log, ["frame 100 64 0", "frame 133 64 0"]);
  following.look(frame({ copyTo: () => new Promise(() => {}) }), 200);
  await look(233);
  assert.equal(log.length, 2);
});

Deno.test("FrameFollower: work goes on in slices, and is told of once it is done", async () => {
  const { look, result, deferred, moved, slices } = set();
  await look(0);
  await look(33);
  const before = moved();
  slices(3);
  result(33);
  assert.deepEqual([deferred.length, moved() - before], [1, 0]);
  deferred.pop()!();
  deferred.pop()!();
  assert.deepEqual([deferred.length, moved() - before], [0, 1]);
});

Deno.test("FrameFollower: nothing is known without a picture of the result, of late, or of this video", async () => {
  const world = set();
  assert.equal(world.following.objectsAt(0), null);
  await world.look(0);
  await world.look(33);
  world.result(33);
  assert.deepEqual(world.following.objectsAt(66), []);
  assert.equal(world.following.objectsAt(300), null);
  world.refuse();
  world.result(66);
  assert.equal(world.following.objectsAt(66), null);
  world.following.reset();
  world.following.forgetResults();
  assert.deepEqual(world.log.slice(-2), ["reset", "forget"]);
  assert.equal(world.following.fallenBack, 3);
});

Deno.test("FrameFollower: a picture that comes after its video has ended is not taken in", async () => {
  const { look, log, following } = set();
  await look(0);
  following.look(frame(), 33);
  following.reset();
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  assert.deepEqual(log, ["reset"]);
});

Deno.test("FrameFollower: a result that overtakes its picture is followed from as soon as that is looked at", async () => {
  const world = set();
  await world.look(0);
  await world.look(33);
  world.refuse();
  world.result(99);
  assert.equal(world.following.objectsAt(66), null);
  await world.look(66);
  assert.deepEqual(world.log.filter((line) => line.startsWith("result")), ["result 99"]);
  world.accept();
  await world.look(99);
  assert.deepEqual(world.log.filter((line) => line.startsWith("result")), [
    "result 99",
    "result 99",
  ]);
  assert.deepEqual(world.following.objectsAt(99), []);
  await world.look(132);
  assert.equal(world.log.filter((line) => line.startsWith("result")).length, 2);
});
