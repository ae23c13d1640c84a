import assert from "node:assert/strict";
import fc from "fast-check";
import { constraintLadder, profileConstraints, switchTargets } from "./camera_constraints.ts";

Deno.test("constraintLadder() wishes for the rear camera and the profile, and ends with any camera", () => {
  const ladder = constraintLadder({ kind: "rear" }, "balanced");
  assert.deepEqual(ladder[0], {
    facingMode: { ideal: "environment" },
    width: { ideal: 640 },
    height: { ideal: 480 },
    frameRate: { ideal: 30 },
  });
  assert.deepEqual(ladder.at(-1), {});
});

Deno.test("constraintLadder() insists on a camera that was asked for by name", () => {
  for (const step of constraintLadder({ kind: "facing", facing: "user" }, "low")) {
    assert.deepEqual(step.facingMode, { exact: "user" });
  }
  for (const step of constraintLadder({ kind: "device", deviceId: "d" }, "low")) {
    assert.deepEqual(step.deviceId, { exact: "d" });
  }
});

Deno.test("profileConstraints() never insists on a size", () => {
  for (const wish of Object.values(profileConstraints("high"))) {
    assert.deepEqual(Object.keys(wish), ["ideal"]);
  }
});

Deno.test("switchTargets() goes to the other side first", () => {
  const targets = switchTargets({ facing: "environment", deviceId: "a" }, ["a", "b", "c"]);
  assert.deepEqual(targets[0], { kind: "facing", facing: "user" });
});

Deno.test("switchTargets() goes round where the browser names no sides", () => {
  const ids = ["a", "b", "c"];
  const next = (deviceId: string) => switchTargets({ facing: null, deviceId }, ids)[0];
  assert.deepEqual(next("a"), { kind: "device", deviceId: "b" });
  assert.deepEqual(next("c"), { kind: "device", deviceId: "a" });
});

Deno.test("switchTargets() offers nothing with one camera, and never the present one", () => {
  assert.deepEqual(switchTargets({ facing: "user", deviceId: "a" }, ["a"]), []);
  const ids = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 6 });
  fc.assert(fc.property(ids, fc.nat(5), (ids, at) => {
    const deviceId = ids[at % ids.length]!;
    const targets = switchTargets({ facing: null, deviceId }, ids);
    assert.equal(targets.length, ids.length - 1);
    assert(!targets.some((target) => target.kind === "device" && target.deviceId === deviceId));
  }));
});
