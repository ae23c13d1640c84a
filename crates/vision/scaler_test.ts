/** The scaler on wasm32: SIMD = scalar = the slow version in TypeScript, and where the letterbox samples. */
import assert from "node:assert/strict";
import { initVision, type InputSpec, Scaler, Vision } from "./mod.ts";
import { slowLetterbox } from "./slow_vision_test_util.ts";
import { plainInput, rgbaLayout } from "./specs_test_util.ts";
import { pick, randomBytes, randomInt, randomLayout, seeded } from "./random_test_util.ts";

function stretchedInput(widthPx: number, heightPx: number): InputSpec {
  return { ...plainInput(widthPx, heightPx), placement: "stretch" };
}

Deno.test("scale: SIMD and scalar agree byte for byte, and with the slow version", async () => {
  await initVision();
  const random = seeded(3);
  const simd = new Scaler();
  const scalar = new Scaler({ simd: false });
  let worst = 0;
  for (let round = 0; round < 200; round++) {
    const { layout, byteLength } = randomLayout(random, pick(random, [12, 100, 600]));
    const bytes = randomBytes(random, byteLength);
    const target = { widthPx: randomInt(random, 1, 90), heightPx: randomInt(random, 1, 90) };
    simd.frameBuffer(byteLength).set(bytes);
    scalar.frameBuffer(byteLength).set(bytes);
    const picture = simd.scale(layout, target);
    const rgba = picture.rgba.slice();
    assert.deepEqual({ ...picture, rgba }, { ...target, rgba });
    const message = JSON.stringify({ layout, target });
    assert.deepEqual(rgba, scalar.scale(layout, target).rgba.slice(), message);
    const plane = target.widthPx * target.heightPx;
    const slow = slowLetterbox(stretchedInput(target.widthPx, target.heightPx), layout, bytes);
    assert.equal(rgba.length, 4 * plane);
    for (let at = 0; at < plane; at++) {
      for (let color = 0; color < 3; color++) {
        const difference = Math.abs(rgba[4 * at + color]! - slow[color * plane + at]!);
        worst = Math.max(worst, difference);
      }
      assert.equal(rgba[4 * at + 3], 255);
    }
  }
  assert.ok(worst < 0.5 + 1e-3, `differs by up to ${worst}`);
  simd.free();
  scalar.free();
});

Deno.test("scale gives the letterbox's pixels, rounded", async () => {
  await initVision();
  const random = seeded(4);
  const scaler = new Scaler();
  const target = { widthPx: 64, heightPx: 36 };
  const vision = new Vision({
    input: stretchedInput(target.widthPx, target.heightPx),
    head: { kind: "yolov8", classes: 1, strides: [], boxes: 84 },
  });
  for (let round = 0; round < 20; round++) {
    const { layout, byteLength } = randomLayout(random, 300);
    const bytes = randomBytes(random, byteLength);
    scaler.frameBuffer(byteLength).set(bytes);
    vision.frameBuffer(byteLength).set(bytes);
    const rgba = scaler.scale(layout, target).rgba.slice();
    const tensor = vision.letterbox(layout);
    const plane = target.widthPx * target.heightPx;
    const expected = rgba.map((_, i) =>
      i % 4 === 3 ? 255 : Math.floor(Math.fround(tensor[(i % 4) * plane + (i >> 2)]! + 0.5))
    );
    assert.deepEqual(rgba, expected);
  }
  vision.free();
  scaler.free();
});

Deno.test("a picture of another size leaves nothing of the last, and memory stays", async () => {
  await initVision();
  const scaler = new Scaler();
  scaler.frameBuffer(64).fill(200);
  const layout = rgbaLayout({ widthPx: 4, heightPx: 4 });
  const byteLength = () =>
    scaler.scale(layout, { widthPx: 640, heightPx: 480 }).rgba.buffer.byteLength;
  const before = byteLength();
  for (const widthPx of [1, 3, 4, 5, 640]) {
    const { rgba } = scaler.scale(layout, { widthPx, heightPx: 2 });
    assert.equal(rgba.length, 4 * 2 * widthPx);
    assert.ok(rgba.every((byte, i) => byte === (i % 4 === 3 ? 255 : 200)));
  }
  assert.equal(byteLength(), before);
  scaler.free();
  scaler.free();
  assert.throws(() => scaler.frameBuffer(1), { code: "freed" });
});
