import assert from "node:assert/strict";
import type { CameraName, PeerId } from "@/protocol";
import { describePhones, keepSelection, sourceOf } from "./view_model.ts";

type Phone = Parameters<typeof describePhones>[0][number];

const at = (nowMs: number) => ({
  nowMs,
  cameras: [],
  isRelayOffered: true,
  isStill: () => false,
  takesH264: () => true,
});

function phone(id: string): Phone {
  return {
    info: { id: id as PeerId, role: "phone", instance: id as Phone["info"]["instance"] },
    connectionState: { kind: "connected", sinceMs: 0 },
    hasTurn: false,
    cameraState: null,
    track: null,
    frames: null,
    atServer: null,
    relayEnd: null,
  };
}

Deno.test("describePhones() calls a camera of the server by its own name", () => {
  const camera = phone("c");
  const ball = { ...camera, info: { ...camera.info, camera: "ball" as CameraName } };
  const views = describePhones([ball, phone("a")], [], at(0));
  assert.deepEqual(views.map(({ name, serverCamera }) => [name, serverCamera]), [
    ["ball", "ball"],
    ["Phone 1", null],
  ]);
});

Deno.test("describePhones() lets a phone keep its name and gives a freed one away again", () => {
  const first = describePhones([phone("a"), phone("b")], [], at(0));
  assert.deepEqual(first.map(({ name }) => name), ["Phone 1", "Phone 2"]);
  const second = describePhones([phone("b"), phone("c")], first, at(0));
  assert.deepEqual(second.map(({ id, name }) => [id, name]), [["b", "Phone 2"], ["c", "Phone 1"]]);
});

Deno.test("describePhones() answers the same list when nothing changed", () => {
  const before = describePhones([phone("a")], [], at(0));
  assert.equal(describePhones([phone("a")], before, at(99)), before);
  const moved = { ...phone("a"), connectionState: { kind: "recovering", sinceMs: 0 } } as const;
  assert.notEqual(describePhones([moved], before, at(99)), before);
});

Deno.test("keepSelection() chooses the first phone that can be seen, and stays with it", () => {
  const waiting = { ...phone("a"), connectionState: { kind: "waiting" } } as const;
  const phones = describePhones([waiting, phone("b"), phone("c")], [], at(0));
  assert.equal(keepSelection(null, phones), "b");
  assert.equal(keepSelection("c" as PeerId, phones), "c");
  assert.equal(keepSelection("a" as PeerId, phones), "a");
  assert.equal(keepSelection("gone" as PeerId, phones), "b");
  assert.equal(keepSelection(null, phones.slice(0, 1)), null);
});

Deno.test("sourceOf() tells whose the picture is", () => {
  const view = (id: string, serverCamera: CameraName | null = null) => ({
    id: id as PeerId,
    serverCamera,
  });
  const computer = view("this-computer");
  const endpoint = view("endpoint yard");
  assert.equal(sourceOf(null, null), null);
  assert.equal(sourceOf(view("a"), null), "phone");
  assert.equal(sourceOf(view("a", "ball" as CameraName), computer), "camera");
  assert.equal(sourceOf(computer, computer), "computer");
  assert.equal(sourceOf(endpoint, endpoint), "endpoint");
});
