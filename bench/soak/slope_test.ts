import assert from "node:assert/strict";
import fc from "fast-check";
import { trendOf } from "./slope.ts";

Deno.test("trendOf() finds the slope of a line, whatever came before", () => {
  const number = fc.double({ min: -50, max: 50, noNaN: true });
  fc.assert(fc.property(number, number, (perHour, before) => {
    const readings = Array.from({ length: 60 }, (_, i) => ({
      minute: i / 2,
      mb: i < 10 ? 100 + before : 200 + perHour * i / 120,
    }));
    const { slopeMbPerHour, firstMb } = trendOf(readings, 5);
    assert.ok(Math.abs(slopeMbPerHour! - perHour) < 1e-6);
    assert.equal(firstMb, 100 + before);
  }));
});

Deno.test("trendOf() says nothing about a slope of a few readings", () => {
  const readings = Array.from({ length: 9 }, (_, minute) => ({ minute, mb: minute }));
  assert.deepEqual(trendOf(readings, 0), {
    firstMb: 0,
    lastMb: 8,
    mostMb: 8,
    slopeMbPerHour: null,
  });
});
