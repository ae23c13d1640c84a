import assert from "node:assert/strict";
import { areaOf, type Point } from "./geometry.ts";
import { MAX_ZONES } from "./zone.ts";
import { ZoneEditor } from "./zone_editor.ts";
import { createZonesState } from "./zones_state.ts";

function setUp() {
  const state = createZonesState();
  const editor = new ZoneEditor(state);
  const draw = (...places: [number, number][]) => {
    editor.draw();
    for (const [x, y] of places) editor.addCorner({ x, y });
    editor.finish();
  };
  return { state, editor, draw, zones: () => state.zones.value };
}

Deno.test("ZoneEditor makes a zone of corners, with a free name and all events", () => {
  const { state, draw, zones } = setUp();
  draw([0.1, 0.1], [0.5, 0.1], [0.5, 0.995]);
  assert.deepEqual(zones(), [{
    id: "z1",
    name: "Zone 1",
    // Near the lower border is on it.
    points: [{ x: 0.1, y: 0.1 }, { x: 0.5, y: 0.1 }, { x: 0.5, y: 1 }],
    kinds: ["enter", "leave"],
    classes: null,
  }]);
  assert.deepEqual(state.editor.value, { kind: "idle" });
});

Deno.test("ZoneEditor refuses sides that cross, and lets the drawing be mended", () => {
  const { state, editor, draw, zones } = setUp();
  draw([0, 0], [1, 1], [1, 0], [0, 1]);
  assert.match(state.problem.value!, /cross/);
  assert.equal(zones().length, 0);
  editor.undoCorner();
  assert.equal(state.problem.value, null);
  editor.finish();
  assert.equal(zones()[0]?.points.length, 3);
  editor.draw();
  editor.addCorner({ x: 0.5, y: 0.5 });
  editor.finish();
  assert.match(state.problem.value!, /three corners/);
  editor.stop();
  assert.deepEqual([state.problem.value, state.editor.value.kind], [null, "idle"]);
});

Deno.test("ZoneEditor: a thirteenth corner closes the zone; rectangles go either way", () => {
  const { editor, draw, zones } = setUp();
  draw(
    ...Array.from({ length: 13 }, (_, index): [number, number] => {
      const angle = 2 * Math.PI * index / 12;
      return [0.5 + 0.4 * Math.cos(angle), 0.5 + 0.4 * Math.sin(angle)];
    }),
  );
  assert.equal(zones()[0]?.points.length, 12);
  editor.draw();
  editor.finishRectangle({ x: 0.9, y: 0.8 }, { x: 0.2, y: 0.3 });
  assert.ok(Math.abs(areaOf(zones()[1]!.points) - 0.35) < 1e-9);
  assert.equal(zones()[1]!.name, "Zone 2");
  editor.finishRectangle({ x: 0, y: 0 }, { x: 1, y: 1 });
  assert.equal(zones().length, 2, "only while one is drawn");
});

Deno.test("ZoneEditor: a corner that would cross a side, or make the zone too small, stays", () => {
  const { state, editor, draw, zones } = setUp();
  draw([0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]);
  const { points } = zones()[0]!;
  editor.shape("z1");
  editor.moveCorner("z1", 0, { x: 0.9, y: 0.5 });
  assert.equal(zones()[0]!.points, points);
  assert.match(state.problem.value!, /cross/);
  editor.moveCorner("z1", 0, { x: 0.005, y: 0.3 });
  assert.deepEqual(zones()[0]!.points[0], { x: 0, y: 0.3 });
  assert.equal(state.problem.value, null);
  editor.nudgeCorner("z1", 0, { x: -0.01, y: 0.01 });
  assert.deepEqual(zones()[0]!.points[0], { x: 0, y: 0.31 });
  const before = areaOf(zones()[0]!.points);
  editor.moveZone("z1", { x: 2, y: 2 });
  const moved = zones()[0]!.points;
  assert.ok(Math.abs(areaOf(moved) - before) < 1e-9);
  assert.ok(moved.every(({ x, y }: Point) => x <= 1 + 1e-9 && y <= 1 + 1e-9));
});

Deno.test("ZoneEditor works without a pointer: added in the middle, named, filtered, deleted", () => {
  const { state, editor, zones } = setUp();
  editor.addInMiddle();
  assert.deepEqual(state.editor.value, { kind: "shaping", zoneId: "z1" });
  assert.equal(editor.rename("z1", " Front: door "), "Front  door");
  assert.equal(editor.rename("z1", "  "), "Front  door");
  editor.set("z1", { kinds: ["leave"], classes: ["person"] });
  assert.deepEqual([zones()[0]!.name, zones()[0]!.kinds, zones()[0]!.classes], [
    "Front  door",
    ["leave"],
    ["person"],
  ]);
  const before = zones();
  editor.set("gone", { classes: null });
  assert.equal(zones(), before);
  editor.remove("z1");
  assert.deepEqual([zones(), state.editor.value.kind], [[], "idle"]);
});

Deno.test("ZoneEditor: there are eight zones at most", () => {
  const { state, editor, zones } = setUp();
  for (let index = 0; index < MAX_ZONES + 2; index++) editor.addInMiddle();
  assert.equal(zones().length, MAX_ZONES);
  assert.match(state.problem.value!, /already 8 zones/);
  editor.draw();
  assert.notEqual(state.editor.value.kind, "drawing");
});
