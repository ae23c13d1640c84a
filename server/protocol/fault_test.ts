import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { faultText, parseFromClient } from "./mod.ts";

const SCHEMA = v.strictObject({
  type: v.picklist(["join", "leave"]),
  body: v.strictObject({ name: v.pipe(v.string(), v.regex(/^[a-z]+$/)) }),
});

function faultOf(value: unknown): string {
  const { issues } = v.safeParse(SCHEMA, value, { abortEarly: true });
  assert.ok(issues !== undefined);
  return faultText(issues);
}

Deno.test("faultText() names the field at fault and what belongs there", () => {
  const body = { name: "a" };
  assert.equal(faultOf("x"), "it must be Object");
  assert.equal(faultOf({ type: "x", body }), 'type must be ("join" | "leave")');
  assert.equal(faultOf({ type: "join" }), 'it lacks "body"');
  assert.equal(faultOf({ type: "join", body: { name: 1 } }), "body.name must be string");
  assert.equal(faultOf({ type: "join", body: { name: "A" } }), "body.name must be /^[a-z]+$/");
  assert.equal(faultOf({ type: "join", body, more: 1 }), "it has a field too many");
  assert.equal(faultOf({ type: "join", body: { ...body, more: 1 } }), "body has a field too many");
});

Deno.test("parseFromClient() never repeats what it refuses, neither as a value nor as a key", () => {
  const SECRET = "hUsHhUsHhUsHhUsHhUsH";
  const types = ["join", "open", "ping", "offer", "answer", "ice-candidate", "inference", "relay"];
  const names = ["type", "token", "role", "create", "body", "stream", "to", "settings", "nonce"];
  const leaf = fc.constantFrom<unknown>(SECRET, 1, null, ...types, { [SECRET]: SECRET }, [SECRET]);
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 3 },
      leaf,
      fc.dictionary(fc.constantFrom(...names, SECRET), tie("tree"), { maxKeys: 5 }),
    ),
  }));
  const message = fc.tuple(fc.constantFrom(SECRET, ...types), tree)
    .map(([type, rest]) => ({ ...rest as object, type }));
  fc.assert(
    fc.property(message, (value) => {
      try {
        parseFromClient(JSON.stringify(value));
      } catch (error) {
        assert.ok(error instanceof TypeError);
        assert.ok(!error.message.includes(SECRET), error.message);
      }
    }),
    { numRuns: 2_000 },
  );
});
