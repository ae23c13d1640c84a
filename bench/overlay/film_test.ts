import assert from "node:assert/strict";
import { ASPECT, FAMILIES, type Family, type Film, FILM_PX, makeFilm } from "./film.ts";

const SEEDS = [1, 2, 3, 4, 5];
const FPS = 30;

const filmsOf = (family: Family) => SEEDS.map((seed) => makeFilm({ family, seed, fps: FPS }));

/** Px a second of the first object from each frame to the next, the first one after the last. */
function speedsOf({ frames }: Film): number[] {
  return frames.map(({ objects: [a] }, at) => {
    const b = frames[(at + 1) % frames.length]!.objects[0]!;
    return Math.hypot(b.xPx - a!.xPx, b.yPx - a!.yPx) * FPS;
  });
}

Deno.test("makeFilm() makes the same film of the same seed, and another of another", () => {
  for (const family of FAMILIES) {
    const [film, other] = filmsOf(family);
    assert.deepEqual(makeFilm({ family, seed: 1, fps: FPS }), film);
    assert.notDeepEqual(film!.frames, other!.frames);
  }
});

Deno.test("makeFilm() makes films that are closed, and whose objects stay in the frame", () => {
  for (const film of FAMILIES.flatMap(filmsOf)) {
    const words = `${film.family} ${film.seed}`;
    // Twice the mean is the most that an eased way has; the camera's shaking adds to it.
    const fastest = Math.max(...speedsOf(film));
    assert.ok(fastest < (film.family === "shake" ? 350 : 410), `${words}: ${fastest} px/s`);
    for (const { xPx, yPx, heightPx } of film.frames.flatMap(({ objects }) => objects)) {
      const beside = heightPx * ASPECT / 2;
      assert.ok(xPx - beside > 0 && xPx + beside < FILM_PX.widthPx, words);
      // The frame's number is above.
      assert.ok(yPx - heightPx / 2 > 16 && yPx + heightPx / 2 < FILM_PX.heightPx, words);
    }
  }
});

Deno.test("makeFilm() turns at 300 px a second, and only there it is slower", () => {
  for (const film of filmsOf("turns")) {
    const speeds = speedsOf(film);
    const steady = speeds.filter((speed) => Math.abs(speed - 300) < 3).length;
    assert.ok(
      steady / speeds.length > 0.9 && steady < speeds.length,
      `${steady} of ${speeds.length}`,
    );
  }
});

Deno.test("makeFilm() of the same seed is as long at any rate", () => {
  const [fast, slow] = [30, 15].map((fps) => makeFilm({ family: "turns", seed: 1, fps }));
  assert.ok(Math.abs(fast!.frames.length / 2 - slow!.frames.length) <= 1);
});

Deno.test("makeFilm() stops, and gets faster and slower", () => {
  for (const film of filmsOf("stops")) {
    const still = speedsOf(film).filter((speed) => speed === 0).length / film.frames.length;
    assert.ok(still > 0.15 && still < 0.7, `${still}`);
  }
  for (const film of filmsOf("acceleration")) {
    const speeds = speedsOf(film);
    assert.ok(Math.min(...speeds) < 40 && Math.max(...speeds) > 350);
    const jumps = speeds.slice(1).map((speed, at) => Math.abs(speed - speeds[at]!));
    assert.ok(Math.max(...jumps) < 80, `${Math.max(...jumps)}`);
  }
});

Deno.test("makeFilm() changes an object's size by a half and more", () => {
  for (const { frames } of filmsOf("scale")) {
    const heights = frames.map(({ objects }) => objects[0]!.heightPx);
    assert.ok(Math.max(...heights) / Math.min(...heights) > 1.8);
    const steps = heights.slice(1).map((height, at) => Math.abs(height - heights[at]!));
    assert.ok(Math.max(...steps) <= 6, `${Math.max(...steps)}`);
  }
});

Deno.test("makeFilm() has the object pass behind a bar that hides it as a whole", () => {
  for (const { frames, bar } of filmsOf("occlusion")) {
    const isHidden = frames.map(({ objects: [object] }) => {
      const beside = object!.heightPx * ASPECT / 2;
      return object!.xPx - beside >= bar!.leftPx &&
        object!.xPx + beside <= bar!.leftPx + bar!.widthPx;
    });
    assert.ok(isHidden.includes(true));
    assert.ok(isHidden.filter(Boolean).length < frames.length / 4);
  }
});

Deno.test("makeFilm() has two objects pass each other, nearly at one height", () => {
  for (const { frames } of filmsOf("crossing")) {
    const apart = frames.map(({ objects: [a, b] }) => a!.xPx - b!.xPx);
    assert.ok(Math.min(...apart) < -200 && Math.max(...apart) > 200);
    for (const { objects: [a, b] } of frames) {
      if (Math.abs(a!.xPx - b!.xPx) < 10) assert.ok(Math.abs(a!.yPx - b!.yPx) < 100);
    }
  }
});

Deno.test("makeFilm() shakes the camera, and the object with it", () => {
  for (const { frames } of filmsOf("shake")) {
    const shakes = frames.map(({ shakePx }) => shakePx.xPx);
    assert.ok(Math.max(...shakes) > 4 && Math.max(...shakes.map(Math.abs)) < 10);
  }
});
