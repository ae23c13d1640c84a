import assert from "node:assert/strict";
import { isLoopback } from "./loopback.ts";

Deno.test("isLoopback() knows this machine's own addresses only", () => {
  for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]", "::ffff:127.0.0.1"]) {
    assert.ok(isLoopback(host), host);
  }
  for (const host of ["127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.1", ""]) {
    assert.ok(!isLoopback(host), host);
  }
});
