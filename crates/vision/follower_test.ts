/** The follower on wasm32: SIMD = scalar, and what goes in comes out. */
import assert from "node:assert/strict";
import { Follower, initVision, type TrackedDetection } from "./mod.ts";
import { randomInt, seeded } from "./random_test_util.ts";

const WIDTH = 200;
const HEIGHT = 150;

function detection(x: number, y: number, side: number, classId = 0): TrackedDetection {
  const box = { xmin: x, ymin: y, xmax: x + side, ymax: y + side };
  return { box, score: 0.8, classId, trackId: null, velocity: null };
}

/** A picture of blobs, moved by so many px; what moves in comes from the other side. */
function picture(knots: readonly number[], dx: number, dy: number): Uint8Array {
  const values = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const column = Math.floor((x - dx + 4 * WIDTH) % WIDTH / 7);
      const row = Math.floor((y - dy + 4 * HEIGHT) % HEIGHT / 7);
      values[y * WIDTH + x] = knots[(row * 31 + column) % knots.length]!;
    }
  }
  return values;
}

function show(follower: Follower, values: Uint8Array, timeMs: number): void {
  follower.frameBuffer(values.length).set(values);
  const plane = { offset: 0, stride: WIDTH };
  follower.addFrame({ widthPx: WIDTH, heightPx: HEIGHT, plane }, timeMs);
}

Deno.test("Follower: SIMD and scalar agree bit by bit, whatever they look at", async () => {
  await initVision();
  const random = seeded(5);
  for (let round = 0; round < 30; round++) {
    const knots = Array.from({ length: 97 }, () => randomInt(random, 0, 255));
    const followers = [new Follower(), new Follower({ simd: false })];
    const found = Array.from(
      { length: 6 },
      () =>
        detection(random() * 0.8, random() * 0.8, 0.03 + random() * 0.5, randomInt(random, 0, 2)),
    );
    const speed = 6 * random();
    const answers = followers.map((follower) => {
      for (let frame = 0; frame < 8; frame++) {
        show(follower, picture(knots, Math.round(speed * frame), frame % 3), frame * 33);
      }
      assert.equal(follower.addResult(found, 33), true);
      while (follower.step(7));
      const objects = follower.objects();
      follower.free();
      return objects;
    });
    assert.equal(answers[0]!.length, 6);
    assert.deepEqual(answers[0], answers[1]);
  }
});

Deno.test("Follower: a late box is where its object is by now, with what is known of it", async () => {
  await initVision();
  const random = seeded(6);
  const knots = Array.from({ length: 97 }, () => randomInt(random, 0, 255));
  const follower = new Follower();
  for (let frame = 0; frame <= 10; frame++) {
    show(follower, picture(knots, 3 * frame, 0), frame * 33);
  }
  assert.equal(follower.addResult([detection(0.2, 0.3, 0.2, 7)], 0), true);
  assert.deepEqual(follower.objects(), [], "not before it has caught up");
  while (follower.step(10));
  const [object] = follower.objects();
  assert.ok(Math.abs(object!.box.xmin - (0.2 + 30 / WIDTH)) < 0.005, `${object!.box.xmin}`);
  assert.ok(Math.abs(object!.velocity.x - 3 / WIDTH / 0.033) < 0.05, `${object!.velocity.x}`);
  assert.ok(object!.confidence > 0.9);
  const { classId, isAlone, behindMs, unconfirmedMs } = object!;
  assert.deepEqual([classId, isAlone, behindMs, unconfirmedMs], [7, false, 0, 330]);
  show(follower, picture(knots, 33, 0), 363);
  assert.equal(follower.objects()[0]!.behindMs, 33);
  follower.free();
});

Deno.test("Follower refuses what it cannot read, and everything once it is freed", async () => {
  await initVision();
  const follower = new Follower();
  follower.frameBuffer(10);
  const frame = { widthPx: 5, heightPx: 5, plane: { offset: 0, stride: 5 } };
  assert.throws(() => follower.addFrame(frame, 0), { code: "plane-bounds" });
  assert.throws(() => follower.step(0.5), { code: "not-an-integer" });
  assert.equal(follower.addResult([], 0), false);
  assert.equal(follower.fallenBack, 0);
  follower.free();
  follower.free();
  assert.throws(() => follower.objects(), { code: "freed" });
});
