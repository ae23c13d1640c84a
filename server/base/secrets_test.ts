import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { logName, secretsEqual } from "./secrets.ts";

Deno.test("secretsEqual() compares whole secrets", () => {
  assert.ok(secretsEqual("abc", "abc"));
  assert.ok(!secretsEqual("abc", "abd"));
  assert.ok(!secretsEqual("abc", "ab"));
  assert.ok(!secretsEqual("é", "e"));
});

Deno.test("logName() is short and not the id", () => {
  const id = "A".repeat(22);
  assert.match(logName(id), /^[0-9a-f]{8}$/);
  assert.equal(logName(id), logName(id));
  // Keyed: what anybody can compute from the id is another name.
  const plain = createHash("sha256").update(id).digest("hex");
  assert.notEqual(logName(id), plain.slice(0, 8));
});
