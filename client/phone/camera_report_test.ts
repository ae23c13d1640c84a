import assert from "node:assert/strict";
import { parseFromPhone } from "@/protocol";
import type { CameraView } from "../media/camera.ts";
import { cameraReport } from "./camera_report.ts";
import { pageTitle, screenOf } from "./phone_state.ts";

const LIVE: Extract<CameraView, { kind: "live" }> = {
  kind: "live",
  track: {} as MediaStreamTrack,
  abilities: {
    facing: "environment",
    deviceId: "secret",
    torch: false,
    zoom: { value: 1, min: 1, max: 4, step: 0.1 },
    widthPx: 640,
    heightPx: 480,
    fps: 30,
  },
  canSwitch: true,
  isPaused: false,
  isMuted: false,
};
const PAGE = { profile: "balanced", isHidden: false } as const;

Deno.test("cameraReport() is always a message that the viewer accepts, and names no device", () => {
  const views: CameraView[] = [
    { kind: "off" },
    { kind: "starting" },
    LIVE,
    { kind: "failed", problem: "busy" },
  ];
  for (const view of views) {
    const text = JSON.stringify(cameraReport(view, PAGE));
    assert.deepEqual(parseFromPhone(text), JSON.parse(text));
    assert(!text.includes("secret"));
  }
});

Deno.test("cameraReport() says why there is no picture", () => {
  const status = (view: CameraView, isHidden = false) =>
    cameraReport(view, { ...PAGE, isHidden }).status;
  assert.equal(status(LIVE), "live");
  assert.equal(status(LIVE, true), "hidden");
  assert.equal(status({ ...LIVE, isPaused: true }), "paused");
  assert.equal(status({ ...LIVE, isMuted: true }), "suspended");
  assert.equal(status({ kind: "failed", problem: "lost" }), "lost");
  // A camera that never started was taken away by nobody.
  assert.equal(status({ kind: "failed", problem: "denied" }), "stopped");
  assert.equal(status({ kind: "off" }), "stopped");
});

const START = { kind: "start" } as const;

Deno.test("screenOf() keeps the live screen between two cameras, and only that one", () => {
  const starting = { kind: "starting" } as const;
  const live = screenOf(LIVE, { before: START, isStopped: false });
  assert.equal(screenOf(starting, { before: live, isStopped: false }), live);
  assert.equal(screenOf(starting, { before: START, isStopped: false }).kind, "starting");
  assert.equal(screenOf({ kind: "off" }, { before: live, isStopped: true }).kind, "stopped");
  const failed = { kind: "failed", problem: "busy" } as const;
  assert.equal(screenOf(failed, { before: live, isStopped: false }).kind, "failed");
});

Deno.test("screenOf() and pageTitle() follow the camera", () => {
  assert.equal(screenOf({ kind: "off" }, { before: START, isStopped: false }).kind, "start");
  assert.equal(screenOf({ kind: "off" }, { before: START, isStopped: true }).kind, "stopped");
  const title = (view: CameraView) =>
    pageTitle(screenOf(view, { before: START, isStopped: false }), { kind: "live", viewers: 1 });
  assert.match(title(LIVE), /^Live /);
  assert.match(title({ ...LIVE, isPaused: true }), /^Paused /);
  assert.match(title({ kind: "failed", problem: "denied" }), /^No camera /);
});
