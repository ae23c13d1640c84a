import assert from "node:assert/strict";
import { problemOf, supportProblem } from "./camera_problem.ts";

Deno.test("supportProblem() blames the insecure page before the missing camera", () => {
  const all = { isSecureContext: true, hasGetUserMedia: true };
  assert.equal(supportProblem(all), null);
  assert.equal(
    supportProblem({ ...all, isSecureContext: false, hasGetUserMedia: false }),
    "insecure",
  );
  assert.equal(supportProblem({ ...all, hasGetUserMedia: false }), "unsupported");
});

Deno.test("problemOf() names what a person can act on", () => {
  const of = (name: string) => problemOf(new DOMException("", name));
  assert.equal(of("NotAllowedError"), "denied");
  assert.equal(of("NotFoundError"), "no-camera");
  assert.equal(of("NotReadableError"), "busy");
  assert.equal(problemOf({ name: "OverconstrainedError" }), "overconstrained");
  assert.equal(problemOf(new Error("?")), "unknown");
  assert.equal(problemOf(null), "unknown");
});
