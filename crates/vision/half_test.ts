/** Half precision by hand against `Float16Array`, which this Deno has. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { fromHalf, fromHalfBits, halfArray, toHalf, toHalfBits } from "./half.ts";

interface Native {
  new (buffer: ArrayBuffer): { [index: number]: number };
}
const Float16 = (globalThis as unknown as { Float16Array: Native }).Float16Array;

Deno.test("fromHalfBits() widens all 65 536 numbers as the platform does", () => {
  const bits = Uint16Array.from({ length: 1 << 16 }, (_, at) => at);
  const native = new Float16(bits.buffer);
  const floats = new Float32Array(bits.length);
  fromHalfBits(bits, floats);
  for (let at = 0; at < bits.length; at++) assert.ok(Object.is(floats[at], native[at]), `${at}`);
});

Deno.test("toHalfBits() rounds as the platform does", () => {
  const edges = [0, -0, NaN, Infinity, -Infinity, 65504, 65519.99, 65520, 6.1e-5, 2 ** -24];
  const ties = Array.from({ length: 40 }, (_, at) => (2 * at + 1) * 2 ** -25);
  const check = (value: number) => {
    const bits = new Uint16Array(1);
    toHalfBits(Float32Array.of(value), bits);
    const native = new Uint16Array(1);
    new Float16(native.buffer)[0] = Math.fround(value);
    assert.equal(bits[0], native[0], `${value}`);
  };
  for (const value of [...edges, ...ties, ...ties.map((tie) => -tie)]) check(value);
  fc.assert(fc.property(fc.float(), check), { numRuns: 5000 });
  fc.assert(fc.property(fc.float({ min: -1, max: 1 }), check), { numRuns: 5000 });
  // Every number in the middle between two, and next to it.
  for (let at = 0; at < 0x7c00; at++) {
    const [low, high] = [at, at + 1].map((half) => {
      const float = new Float32Array(1);
      fromHalfBits(Uint16Array.of(half), float);
      return float[0]!;
    });
    if (Number.isFinite(high)) check((low! + high!) / 2);
  }
});

Deno.test("toHalf() and fromHalf() bring numbers there and back within half a step", () => {
  fc.assert(fc.property(fc.float32Array({ min: -60000, max: 60000, noNaN: true }), (numbers) => {
    const half = halfArray(numbers.length);
    toHalf(numbers, half);
    const back = new Float32Array(numbers.length);
    fromHalf(half, back);
    for (const [at, number] of numbers.entries()) {
      assert.ok(Math.abs(back[at]! - number) <= Math.max(2 ** -25, Math.abs(number) * 2 ** -11));
    }
  }));
});
