import assert from "node:assert/strict";
import { keptOf } from "./kept.ts";

Deno.test("keptOf() compares attacks with calm, mode by mode", () => {
  const phases = [
    { act: null, fps: { wasm: 10, server: 8 } },
    { act: "a", fps: { wasm: 9, server: 8 } },
    { act: null, fps: { wasm: 10, server: 8 } },
    { act: "b", fps: { wasm: 10, server: 4 } },
  ];
  assert.deepEqual(keptOf(phases, "wasm"), { keptPercent: 95, calmFps: 10, attackFps: 9.5 });
  assert.equal(keptOf(phases, "server").keptPercent, 75);
  assert.equal(keptOf(phases.slice(0, 1), "wasm").keptPercent, null);
  assert.equal(keptOf(phases.slice(1, 2), "wasm").keptPercent, null);
});
