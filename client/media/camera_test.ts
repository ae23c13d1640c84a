import assert from "node:assert/strict";
import { Camera } from "./camera.ts";
import { FakeDevices } from "./testing/fake_camera.ts";

const FRONT = { deviceId: "f", facingMode: "user" };
const REAR = { deviceId: "r", facingMode: "environment" };

function setup(cameras: ConstructorParameters<typeof FakeDevices>[0] = [FRONT, REAR]) {
  const devices = new FakeDevices(cameras);
  const camera = new Camera({ devices, profile: "balanced", log: () => {}, onChange: () => {} });
  const facing = () =>
    camera.view.kind === "live" ? camera.view.abilities.facing : camera.view.kind;
  const isMuted = () => camera.view.kind === "live" && camera.view.isMuted;
  return { devices, camera, facing, isMuted, track: () => devices.tracks.at(-1)! };
}

Deno.test("Camera starts with the rear one and asks for nothing before", async () => {
  const { devices, camera, facing } = setup();
  assert.equal(devices.asked.length, 0);
  await camera.start();
  assert.equal(facing(), "environment");
});

Deno.test("Camera.switch() lets go of the old camera first, and goes to and fro", async () => {
  const { camera, facing, devices } = setup();
  await camera.start();
  await camera.switch();
  assert.equal(facing(), "user");
  await camera.switch();
  assert.equal(facing(), "environment");
  assert.equal(devices.tracks.filter(({ readyState }) => readyState === "live").length, 1);
});

Deno.test("Camera.switch() works without facing modes, by device", async () => {
  const { camera, track } = setup([{ deviceId: "a" }, { deviceId: "b" }]);
  await camera.start();
  await camera.switch();
  assert.equal(track().settings.deviceId, "b");
  await camera.switch();
  assert.equal(track().settings.deviceId, "a");
});

Deno.test("Camera.switch() stays where it is with one camera", async () => {
  const { camera, devices } = setup([REAR]);
  await camera.start();
  assert.equal(camera.view.kind === "live" && camera.view.canSwitch, false);
  await camera.switch();
  assert.equal(devices.tracks.length, 1);
});

Deno.test("Camera names what went wrong and starts on the next try", async () => {
  const { camera, devices, facing } = setup();
  devices.failure = "NotAllowedError";
  await camera.start();
  assert.deepEqual(camera.view, { kind: "failed", problem: "denied" });
  assert.equal(devices.asked.length, 1);
  devices.failure = null;
  await camera.start();
  assert.equal(facing(), "environment");
});

Deno.test("Camera stays paused over a switch", async () => {
  const { camera, track } = setup();
  await camera.start();
  camera.setPaused(true);
  assert.equal(track().enabled, false);
  await camera.switch();
  assert.equal(track().enabled, false);
  camera.setPaused(false);
  assert.equal(track().enabled, true);
});

Deno.test("Camera.resume() takes the camera again that the system ended or keeps muted", async () => {
  const { camera, devices, track, facing, isMuted } = setup();
  await camera.start();
  await camera.resume();
  assert.equal(devices.tracks.length, 1);

  track().endBySystem();
  assert.deepEqual(camera.view, { kind: "failed", problem: "lost" });
  await camera.resume();
  assert.equal(facing(), "environment");

  track().muteBySystem(true);
  assert.equal(isMuted(), true);
  await camera.resume();
  assert.equal(devices.tracks.length, 3);
  assert.equal(isMuted(), false);
});

Deno.test("Camera.resume() does not start a camera that the person stopped", async () => {
  const { camera, devices } = setup();
  await camera.start();
  camera.stop();
  await camera.resume();
  assert.equal(camera.view.kind, "off");
  assert.equal(devices.tracks.length, 1);
  assert.equal(devices.tracks[0]!.readyState, "ended");
});

Deno.test("Camera.stop() while it starts lets go of what comes later", async () => {
  const { camera, devices } = setup();
  const starting = camera.start();
  camera.stop();
  await starting;
  assert.equal(camera.view.kind, "off");
  assert(devices.tracks.every(({ readyState }) => readyState === "ended"));
});

Deno.test("Camera sets torch and zoom alone, the zoom within its range", async () => {
  const { camera, track } = setup();
  await camera.start();
  await camera.setTorch(true);
  await camera.setZoom(99);
  assert.deepEqual(track().applied, [{ advanced: [{ torch: true }] }, { advanced: [{ zoom: 4 }] }]);
});

Deno.test("Camera.setProfile() changes the running camera and the next one", async () => {
  const { camera, track, devices } = setup();
  await camera.start();
  await camera.setProfile("high");
  assert.deepEqual(track().applied[0]?.width, { ideal: 1280 });
  await camera.switch();
  assert.deepEqual(devices.asked.at(-1)?.width, { ideal: 1280 });
});
