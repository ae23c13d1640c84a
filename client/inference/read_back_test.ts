import assert from "node:assert/strict";
import { isTrueTo } from "./read_back.ts";

const drawn = Uint8Array.from({ length: 400 }, (_, at) => (at * 7) % 256);

Deno.test("isTrueTo() forgives faint noise, and tells other pixels from those that were drawn", () => {
  assert.equal(isTrueTo(drawn, drawn), true);
  const faint = drawn.map((value, at) => at % 5 === 0 ? value ^ 1 : value);
  assert.equal(isTrueTo(drawn, faint), true);
  assert.equal(isTrueTo(drawn, drawn.map((value) => 255 - value)), false);
  assert.equal(isTrueTo(drawn, new Uint8Array(400).fill(255)), false);
  assert.equal(isTrueTo(drawn, new Uint8Array()), false);
});
