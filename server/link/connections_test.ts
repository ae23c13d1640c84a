import assert from "node:assert/strict";
import { Connections } from "./connections.ts";

const guest = (address: string) => ({ address, isTrusted: false });

Deno.test("Connections counts by address and in all, and keeps some for trusted visitors", () => {
  const connections = new Connections(3, 8);
  const uncounts = ["a", "a", "a", "b", "b", "b"].map((address) => connections.count(address));
  assert.deepEqual([connections.isOver(guest("a")), connections.isOver(guest("b"))], [
    false,
    false,
  ]);
  const uncount = connections.count("c");
  assert.ok(connections.isOver(guest("c")));
  assert.ok(!connections.isOver({ address: "c", isTrusted: true }));
  uncount();
  uncount();
  connections.count("a");
  assert.ok(connections.isOver({ address: "a", isTrusted: true }), "past its own");
  assert.equal(connections.total, 7);
  for (const end of uncounts) end();
  assert.equal(connections.total, 1);
  assert.ok(!connections.isOver(guest("c")));
  // A few past the limit are told so, and then none.
  for (let at = 0; at < 20; at++) connections.count(`d${at}`);
  assert.ok(!connections.accepts(guest("e")));
});
