import assert from "node:assert/strict";
import { storedSwitch } from "./stored_switch.ts";

function memory(entries: Record<string, string> = {}) {
  const map = new Map(Object.entries(entries));
  return {
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
  };
}

Deno.test("storedSwitch() is as at first until it was set, and then as it was set", () => {
  const storage = memory();
  for (const isOnAtFirst of [true, false]) {
    assert.equal(storedSwitch("a", { storage: () => storage, isOnAtFirst }).isOn(), isOnAtFirst);
  }
  const one = storedSwitch("a", { storage: () => storage, isOnAtFirst: true });
  one.set(false);
  assert.equal(one.isOn(), false);
  assert.equal(storedSwitch("a", { storage: () => storage, isOnAtFirst: true }).isOn(), false);
  const odd = memory({ a: "maybe" });
  assert.equal(storedSwitch("a", { storage: () => odd, isOnAtFirst: true }).isOn(), true);
});

Deno.test("storedSwitch() works for the page where storage is shut", () => {
  const shut = () => {
    throw new DOMException("denied", "SecurityError");
  };
  const one = storedSwitch("a", { storage: shut, isOnAtFirst: true });
  assert.equal(one.isOn(), true);
  one.set(false);
  assert.equal(one.isOn(), false);
});
