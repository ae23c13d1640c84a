import assert from "node:assert/strict";
import { toJson } from "./result_file.ts";

Deno.test("toJson() leaves on one line what is plain and fits", () => {
  const long = Array.from({ length: 60 }, (_, index) => index);
  const value = { a: { b: 1, c: null }, "d{[": ["e {", "\n f"], g: [{ h: [] }, [2, 3]], long };
  const text = toJson(value);
  assert.deepEqual(JSON.parse(text), value);
  assert.deepEqual(text.split("\n").slice(0, 8), [
    "{",
    '  "a": { "b": 1, "c": null },',
    '  "d{[": [',
    '    "e {",',
    '    "\\n f"',
    "  ],",
    '  "g": [',
    "    {",
  ]);
  assert.ok(text.endsWith("    58,\n    59\n  ]\n}\n"));
});
