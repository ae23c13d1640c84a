import assert from "node:assert/strict";
import fc from "fast-check";
import type { ServedModel } from "@/protocol";
import { expectedRate, runTimeOf } from "./model_rates.ts";

const model = (id: string, over: Partial<ServedModel> = {}) =>
  ({ id, title: id.toUpperCase(), input: { widthPx: 416, heightPx: 320 }, ...over }) as ServedModel;

const SIZED = model("sized", {
  input: {
    widthPx: 400,
    heightPx: 200,
    sizes: [
      { landscape: [400, 200], square: [300, 300] },
      { landscape: [200, 100], square: [150, 150] },
    ],
  } as ServedModel["input"],
});

Deno.test("runTimeOf() takes what was measured, else estimates from the model in use, else from another", () => {
  const models = [
    model("a", { relativeTime: 1 }),
    model("b", { relativeTime: 2 }),
    model("c", { relativeTime: 0.5 }),
    model("own"),
  ];
  const [a, b, c, own] = models as [ServedModel, ServedModel, ServedModel, ServedModel];
  const times: Record<string, number> = { a: 40, b: 60 };
  const known = (inUseId: string) => ({
    models,
    inUseId,
    measuredMs: ({ id }: ServedModel) => times[id] ?? null,
  });
  assert.deepEqual(runTimeOf(a, known("a")), { runMs: 40, from: null });
  assert.deepEqual(runTimeOf(c, known("a")), { runMs: 20, from: "A" });
  assert.deepEqual(runTimeOf(c, known("b")), { runMs: 15, from: "B" });
  assert.deepEqual(runTimeOf(c, known("own")), { runMs: 20, from: "A" });
  assert.equal(runTimeOf(own, known("a")), null);
  times.own = 5;
  assert.deepEqual(runTimeOf(own, known("a")), { runMs: 5, from: null });
  // The one in use has no relation to others.
  assert.deepEqual(runTimeOf(c, known("own")), { runMs: 20, from: "A" });
  assert.ok(b);
});

Deno.test("runTimeOf() knows nothing where nothing was measured", () => {
  const models = [model("a", { relativeTime: 1 }), model("b", { relativeTime: 2 })];
  const known = { models, inUseId: "a", measuredMs: () => null };
  assert.equal(runTimeOf(models[0]!, known), null);
});

Deno.test("expectedRate() is the camera's where a size keeps up, at the size that does", () => {
  const at = (runMs: number, over = {}) =>
    expectedRate(runMs, SIZED, { intervalMs: 40, isLow: false, size: null, ...over });
  assert.deepEqual(at(20), { fps: 25, inputPx: { widthPx: 400, heightPx: 200 } });
  assert.deepEqual(at(40), { fps: 25, inputPx: { widthPx: 200, heightPx: 100 } });
  assert.deepEqual(at(20, { isLow: true }).inputPx, { widthPx: 200, heightPx: 100 });
  const fixed = at(40, { size: "400x200" });
  assert.deepEqual(fixed.inputPx, { widthPx: 400, heightPx: 200 });
  assert.ok(fixed.fps < 17);
  assert.deepEqual(at(20, { size: "640x640" }), at(20));
});

Deno.test("expectedRate() is never above the camera's, and never better for a longer run at one size", () => {
  const time = fc.double({ min: 0.1, max: 5_000, noNaN: true });
  fc.assert(fc.property(time, time, fc.double({ min: 5, max: 500, noNaN: true }), (a, b, ms) => {
    const conditions = { intervalMs: ms, isLow: false, size: null };
    const one = model("one");
    const [fast, slow] = [Math.min(a, b), Math.max(a, b)].map((runMs) =>
      expectedRate(runMs, one, conditions).fps
    );
    assert.ok(fast! <= 1000 / ms + 1e-9);
    assert.ok(slow! <= fast!);
  }));
});
