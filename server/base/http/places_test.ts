import assert from "node:assert/strict";
import { Places, Share } from "./places.ts";

Deno.test("Places leaves no address more than its part, and keeps some for this computer", () => {
  const places = new Places({ total: 6, perAddress: 2, localOnly: 2 });
  const take = (address: string) => places.take(address);
  assert.deepEqual([take("a"), take("a"), take("a")], [null, null, "too-many-of-address"]);
  assert.deepEqual([take("b"), take("b"), take("c")], [null, null, "too-many"]);
  assert.deepEqual([take("127.0.0.1"), take("::1")], [null, null]);
  assert.equal(take("127.0.0.1"), "too-many");
  places.give("::1");
  assert.equal(take("c"), "too-many");
  places.give("b");
  assert.equal(take("c"), null);
  assert.deepEqual(places.refused, { "too-many-of-address": 1, "too-many": 3 });
});

Deno.test("Places bounds no proxy, and still keeps some for this computer", () => {
  const places = new Places(
    { total: 6, perAddress: 2, localOnly: 2 },
    (address) => address === "p",
  );
  assert.deepEqual(Array.from({ length: 5 }, () => places.take("p")), [
    ...[null, null, null, null],
    "too-many",
  ]);
  assert.equal(places.take("127.0.0.1"), null);
});

Deno.test("Share gives back all that it took, once", () => {
  const places = new Places({ total: 100, perAddress: 100, localOnly: 0 });
  const share = new Share(places, "a");
  assert.ok(share.take(60));
  assert.ok(!share.take(60));
  assert.ok(share.take(40));
  assert.equal(places.total, 100);
  share.free();
  share.free();
  assert.equal(places.total, 0);
});

Deno.test("Share takes what is free of each, and counts what is past it", () => {
  const limits = { total: 100, perAddress: 100, localOnly: 0, freeOfEach: 50 };
  const places = new Places(limits);
  const [first, second] = [new Share(places, "a"), new Share(places, "b")];
  assert.ok(first.take(40));
  assert.equal(places.total, 0);
  assert.ok(first.take(110));
  assert.equal(places.total, 100);
  assert.ok(second.take(50));
  assert.ok(!second.take(1));
  assert.equal(places.total, 100);
  first.free();
  first.free();
  second.free();
  assert.equal(places.total, 0);
  assert.ok(second.take(150));
});
