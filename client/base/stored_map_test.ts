import assert from "node:assert/strict";
import { storedMap } from "./stored_map.ts";

/** Storage as browsers have it, with an optional quota of zero. */
function fakeStorage(isFull = false): Pick<Storage, "getItem" | "setItem"> {
  const items = new Map<string, string>();
  return {
    getItem: (key) => items.get(key) ?? null,
    setItem(key, value) {
      if (isFull) throw new DOMException("full", "QuotaExceededError");
      items.set(key, value);
    },
  };
}

function numbers(storage: () => Pick<Storage, "getItem" | "setItem">) {
  const isValue = (value: unknown): value is number => typeof value === "number";
  return storedMap({ storage, key: "k", maxEntries: 16, isValue });
}

Deno.test("storedMap() keeps the newest value of each name, and forgets the oldest name", () => {
  const storage = fakeStorage();
  const map = numbers(() => storage);
  assert.equal(map.get("a"), null);
  map.set("a", 1);
  map.set("a", 2);
  assert.deepEqual([map.get("a"), numbers(() => storage).get("a")], [2, 2]);
  for (let i = 0; i < 16; i++) map.set(`name ${i}`, i);
  assert.deepEqual([map.get("a"), map.get("name 0"), map.get("name 15")], [null, 0, 15]);
});

Deno.test("storedMap() survives storage that is garbled, full or shut", () => {
  const storage = fakeStorage();
  storage.setItem("k", '{"a": 1');
  assert.equal(numbers(() => storage).get("a"), null);
  storage.setItem("k", '[["a", "one"], ["b", 2], 3, null]');
  assert.deepEqual(["a", "b"].map(numbers(() => storage).get), [null, 2]);
  const full = fakeStorage(true);
  numbers(() => full).set("a", 1);
  assert.equal(numbers(() => full).get("a"), null);
  const shut = numbers(() => {
    throw new DOMException("shut", "SecurityError");
  });
  shut.set("a", 1);
  assert.equal(shut.get("a"), null);
});
