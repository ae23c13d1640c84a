import assert from "node:assert/strict";
import { readAbilities } from "./camera_abilities.ts";

function track(settings: object, capabilities?: object) {
  return {
    getSettings: () => settings,
    ...(capabilities === undefined ? {} : { getCapabilities: () => capabilities }),
  };
}

Deno.test("readAbilities() does without getCapabilities", () => {
  assert.deepEqual(readAbilities(track({ width: 640, height: 480 })), {
    facing: null,
    deviceId: null,
    torch: null,
    zoom: null,
    widthPx: 640,
    heightPx: 480,
    fps: null,
  });
});

Deno.test("readAbilities() understands both ways to offer a torch", () => {
  assert.equal(readAbilities(track({ torch: true }, { torch: true })).torch, true);
  assert.equal(readAbilities(track({}, { torch: [false, true] })).torch, false);
  assert.equal(readAbilities(track({}, { torch: false })).torch, null);
  assert.equal(readAbilities(track({}, { torch: [false] })).torch, null);
});

Deno.test("readAbilities() gives a zoom only with a true range, and a value within it", () => {
  const zoom = (value: unknown, range: object) => readAbilities(track({ zoom: value }, range)).zoom;
  const range = { zoom: { min: 1, max: 4, step: 0.5 } };
  assert.deepEqual(zoom(2, range), { value: 2, min: 1, max: 4, step: 0.5 });
  assert.equal(zoom(99, range)?.value, 4);
  assert.equal(zoom(undefined, range)?.value, 1);
  assert.equal(zoom(1, { zoom: { min: 1, max: 1 } }), null);
  assert(zoom(1, { zoom: { min: 1, max: 3 } })!.step > 0);
});

Deno.test("readAbilities() takes facing modes of the standard only", () => {
  assert.equal(readAbilities(track({ facingMode: "user" })).facing, "user");
  assert.equal(readAbilities(track({ facingMode: "sideways" })).facing, null);
});
