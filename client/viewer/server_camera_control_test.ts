import assert from "node:assert/strict";
import { signal } from "@preact/signals";
import type { CameraName, PeerId, PeerInfo, ServerCamera } from "@/protocol";
import { createServerCamerasState } from "./server_cameras_state.ts";
import { ServerCameraControl } from "./server_camera_control.ts";

const BALL = "ball" as CameraName;
const DOOR = "door" as CameraName;
const camera = (name: CameraName, more: Partial<ServerCamera> = {}): ServerCamera => ({
  name,
  kind: "scene",
  status: "idle",
  problem: null,
  ...more,
});
const peer = (name: CameraName) =>
  ({ id: `id of ${name}`, role: "phone", instance: "1", camera: name }) as unknown as PeerInfo;

function setup(wish: CameraName | null = null) {
  const asked: string[] = [];
  const played: string[] = [];
  const peers: PeerInfo[] = [];
  const state = {
    serverCameras: createServerCamerasState(),
    selectedId: signal<PeerId | null>(null),
  };
  const control = new ServerCameraControl({
    state,
    peers: () => peers,
    use: (name, on) => asked.push(`${name} ${on ? "on" : "off"}`) > 0,
    play: (name, on) => void played.push(`${name} ${on ? "on" : "off"}`),
  });
  control.wish(wish);
  return { control, state, peers, asked: () => asked.splice(0), played };
}

Deno.test("ServerCameraControl shows a camera large that a person wants, when it comes", () => {
  const { control, state, asked } = setup();
  control.heard([camera(BALL), camera(DOOR)]);
  assert.deepEqual(asked(), []);
  control.set(BALL, true);
  assert.deepEqual(asked(), ["ball on"]);
  control.came(peer(DOOR));
  assert.equal(state.selectedId.value, null);
  control.came(peer(BALL));
  assert.equal(state.selectedId.value, "id of ball");
  // Coming back later, it takes nothing else's place.
  state.selectedId.value = "phone" as PeerId;
  control.came(peer(BALL));
  assert.equal(state.selectedId.value, "phone");
});

Deno.test("ServerCameraControl asks again for what a server does not know any more, and for no more", () => {
  const { control, peers, asked } = setup();
  control.heard([camera(BALL), camera(DOOR)]);
  control.set(BALL, true);
  control.set(DOOR, true);
  control.set(DOOR, false);
  assert.deepEqual(asked(), ["ball on", "door on", "door off"]);
  control.heard([camera(BALL), camera(DOOR)]);
  assert.deepEqual(asked(), ["ball on"]);
  peers.push(peer(BALL));
  control.heard([camera(BALL, { status: "live" })]);
  assert.deepEqual(asked(), []);
  // Switched on by an earlier load of the page.
  control.came(peer(DOOR));
  control.heard([camera(BALL), camera(DOOR)]);
  assert.deepEqual(asked(), ["door on"]);
});

Deno.test("ServerCameraControl follows the page's address once, where that camera is to be had", () => {
  const { control, asked } = setup(BALL);
  control.heard([camera(BALL, { status: "unavailable", problem: "no ffmpeg" })]);
  control.heard([camera(DOOR)]);
  assert.deepEqual(asked(), []);
  control.heard([camera(BALL)]);
  assert.deepEqual(asked(), ["ball on"]);
  control.set(BALL, false);
  asked();
  control.heard([camera(BALL)]);
  assert.deepEqual(asked(), []);
});

Deno.test("ServerCameraControl says what the server refused, and asks for it no more", () => {
  const { control, state, asked } = setup();
  const { problem } = state.serverCameras;
  control.heard([camera(BALL)]);
  control.refused("unknown-peer");
  assert.equal(problem.value, null);
  control.set(BALL, true);
  asked();
  control.refused("cameras-busy");
  assert.match(problem.value!, /keeps trying/);
  control.connected({ ...peer(BALL), camera: undefined });
  assert.match(problem.value!, /keeps trying/);
  control.connected(peer(BALL));
  assert.equal(problem.value, null);
  control.heard([camera(BALL)]);
  assert.deepEqual(asked(), ["ball on"]);
  control.refused("too-many-cameras");
  assert.match(problem.value!, /Remove one/);
  control.heard([camera(BALL)]);
  assert.deepEqual(asked(), []);
  control.set(BALL, true);
  assert.equal(problem.value, null);
});

Deno.test("ServerCameraControl has the page play an endpoint, and no room", () => {
  const { control, asked, played, state } = setup();
  const yard = "yard" as CameraName;
  control.heard([camera(BALL), camera(yard, { kind: "whep" })]);
  control.set(yard, true);
  control.set(yard, false);
  assert.deepEqual([asked(), played], [[], ["yard on", "yard off"]]);
  assert.equal(state.serverCameras.wanted.value.size, 0);
});
