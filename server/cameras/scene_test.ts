import assert from "node:assert/strict";
import { CODE_NUMBERS, readFrameCode } from "../protocol/frame_code.ts";
import { BALL_RADIUS_PX, type I420Picture, Scene, SCENE_FORMAT } from "./scene.ts";

const { widthPx, heightPx } = SCENE_FORMAT;
const PHOTO: I420Picture = {
  widthPx: 200,
  heightPx: 160,
  i420: new Uint8Array(200 * 160 * 3 / 2).fill(201),
};

/** As a bench sees a frame: grey values at points in units of its width. */
const brightness = (i420: Uint8Array) => (x: number, y: number) =>
  i420[Math.floor(y * widthPx) * widthPx + Math.floor(x * widthPx)]!;

Deno.test("Scene draws its number and its time, to be read back from pixels", () => {
  const scene = new Scene(PHOTO);
  for (let index = 0; index < 3; index++) {
    const timeMs = 1_700_000_000_123.7 + index * 33;
    const { i420 } = scene.draw(timeMs);
    assert.equal(readFrameCode(brightness(i420), 0), index);
    assert.equal(readFrameCode(brightness(i420), 1), Math.floor(timeMs) % CODE_NUMBERS);
  }
});

Deno.test("Scene has photograph and ball where it says, whole and never over its numbers", () => {
  const scene = new Scene(PHOTO, 7);
  let movedPx = 0;
  let before = { x: 0, y: 0 };
  for (let index = 0; index < 2_000; index++) {
    const { i420, places: { ball, photo } } = scene.draw(index);
    const at = brightness(i420);
    assert.equal(readFrameCode(at, 0), index);
    assert.ok(ball.x - BALL_RADIUS_PX >= 0 && ball.x + BALL_RADIUS_PX < widthPx);
    assert.ok(ball.y - BALL_RADIUS_PX >= 32 && ball.y + BALL_RADIUS_PX < heightPx);
    assert.ok(photo.x >= 0 && photo.x + PHOTO.widthPx <= widthPx && photo.x % 2 === 0);
    assert.ok(photo.y >= 32 && photo.y + PHOTO.heightPx <= heightPx && photo.y % 2 === 0);
    const corners = [[0, 0], [PHOTO.widthPx - 1, 0], [0, PHOTO.heightPx - 1]] as const;
    for (const [dx, dy] of corners) {
      const [x, y] = [photo.x + dx, photo.y + dy];
      const isUnderBall = Math.hypot(x - ball.x, y - ball.y) <= BALL_RADIUS_PX;
      if (!isUnderBall) assert.equal(i420[y * widthPx + x], 201);
    }
    const chroma = widthPx * heightPx + (Math.floor(ball.y) >> 1) * widthPx / 2 +
      (Math.floor(ball.x) >> 1);
    assert.deepEqual([i420[chroma], i420[chroma + widthPx * heightPx / 4]], [70, 185]);
    movedPx += Math.hypot(ball.x - before.x, ball.y - before.y);
    before = ball;
  }
  assert.ok(movedPx > 2_000);
});

Deno.test("Scene is the same for the same seed, and needs no photograph", () => {
  const frames = [new Scene(null, 3), new Scene(null, 3), new Scene(null, 4)].map((scene) => {
    for (let index = 0; index < 20; index++) scene.draw(0);
    return scene.draw(0).places;
  });
  assert.deepEqual(frames[0], frames[1]);
  assert.notDeepEqual(frames[0], frames[2]);
});
