import assert from "node:assert/strict";
import { GuessLimit } from "./guess_limit.ts";
import { limitAddress } from "./ip_network.ts";

/** How many guesses, one of each address, are looked at. */
function lookedAt(limit: GuessLimit, addresses: readonly string[], nowMs = 0): number {
  return addresses.filter((address) => {
    if (limit.peek(address, nowMs) > 0) return false;
    limit.take(address, nowMs);
    return true;
  }).length;
}

const many = (count: number) =>
  Array.from({ length: count }, (_, n) => `10.0.${n >> 8}.${n & 255}`);

Deno.test("GuessLimit lets an address mistype, then makes it wait", () => {
  const limit = new GuessLimit();
  assert.equal(lookedAt(limit, Array(50).fill("203.0.113.1")), 10);
  assert.equal(limit.peek("203.0.113.1", 0), 6_000);
  assert.equal(limit.peek("203.0.113.2", 0), 0);
});

Deno.test("GuessLimit shuts nobody out who comes new, however many addresses guess", () => {
  const limit = new GuessLimit();
  for (let minute = 0; minute < 20; minute++) {
    const nowMs = minute * 60_000;
    lookedAt(limit, [...many(1_000), ...many(1_000), ...many(1_000)], nowMs);
    assert.equal(limit.peek(`203.0.113.${minute}`, nowMs), 0);
  }
});

Deno.test("GuessLimit gives each address one guess a minute while many addresses guess", () => {
  const limit = new GuessLimit();
  lookedAt(limit, many(1_000));
  assert.equal(lookedAt(limit, many(1_000)), 0);
  assert.equal(lookedAt(limit, many(1_000), 30_000), 50, "what was free before all were too fast");
  assert.equal(lookedAt(limit, many(1_000), 90_000), 1_000);
});

Deno.test("GuessLimit counts the networks of one /48 together while many addresses guess", () => {
  const limit = new GuessLimit();
  lookedAt(limit, many(200));
  const networks = Array.from(
    { length: 500 },
    (_, n) => limitAddress(`2001:db8:1:${n.toString(16)}::1`),
  );
  assert.equal(lookedAt(limit, networks), 10);
  assert.equal(limit.peek(limitAddress("2001:db8:2::1"), 0), 0);
});
