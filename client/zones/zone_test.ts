import assert from "node:assert/strict";
import fc from "fast-check";
import { rectangle } from "./geometry.ts";
import { cleanName, faultOf, freeNames, MAX_ZONES, readZones, type Zone } from "./zone.ts";
import { zonesOfText, zonesToText } from "./zone_link.ts";
import { storedZones } from "./zone_memory.ts";
import { FakeStorage } from "../base/testing/fake_storage.ts";

const DOOR: Zone = {
  id: "z1",
  name: "Front door",
  points: rectangle({ x: 0.1, y: 0.2 }, { x: 0.5, y: 0.999 }),
  kinds: ["enter", "leave"],
  classes: null,
};
const LANE: Zone = {
  ...DOOR,
  id: "z2",
  name: "Länge 100 %, & mehr",
  kinds: ["leave"],
  classes: ["person", "cell phone"],
};

Deno.test("readZones() keeps what can be used, and no more than there may be", () => {
  assert.deepEqual(readZones([DOOR, LANE]), [DOOR, LANE]);
  for (const wrong of [null, 7, {}, "x", [null], [{ ...DOOR, id: "A" }]]) {
    assert.deepEqual(readZones(wrong), []);
  }
  const crossed = [[0, 0], [1, 1], [1, 0], [0, 1]].map(([x, y]) => ({ x, y }));
  const changes = [
    { points: crossed },
    { points: DOOR.points.slice(0, 2) },
    { points: [{ x: 0, y: 0 }, { x: 2, y: 0 }, { x: 1, y: 1 }] },
    { points: [{ x: 0, y: 0 }, { x: NaN, y: 0 }, { x: 1, y: 1 }] },
    { name: "" },
    { name: "a:b" },
    { name: "x".repeat(41) },
    { kinds: ["stay"] },
    { classes: [7] },
  ];
  for (const change of changes) assert.deepEqual(readZones([{ ...DOOR, ...change }]), []);
  const many = Array.from({ length: 20 }, (_, index) => ({ ...DOOR, id: `z${index}` }));
  assert.equal(readZones(many).length, MAX_ZONES);
  assert.equal(readZones([DOOR, DOOR]).length, 1);
});

Deno.test("faultOf() has a sentence for each fault", () => {
  assert.equal(faultOf(DOOR.points), null);
  assert.match(faultOf(DOOR.points.slice(0, 2))!, /three corners/);
  assert.match(faultOf(rectangle({ x: 0, y: 0 }, { x: 0.01, y: 0.01 }))!, /too small/);
  const round = Array.from({ length: 13 }, (_, index) => {
    const angle = 2 * Math.PI * index / 13;
    return { x: 0.5 + 0.4 * Math.cos(angle), y: 0.5 + 0.4 * Math.sin(angle) };
  });
  assert.match(faultOf(round)!, /at most 12/);
  assert.equal(faultOf(round.slice(1)), null);
});

Deno.test("zonesOfText() reads what zonesToText() wrote, to a thousandth of the picture", () => {
  const text = zonesToText([DOOR, LANE]);
  assert.equal(
    text,
    "Front door:100,200,500,200,500,999,100,999:el:*;" +
      "Länge 100 %, & mehr:100,200,500,200,500,999,100,999:l:person,cell phone",
  );
  assert.deepEqual(zonesOfText(text), [DOOR, LANE]);
  const query = new URLSearchParams({ zones: text });
  assert.deepEqual(zonesOfText(new URLSearchParams(query.toString()).get("zones")!), [DOOR, LANE]);
});

Deno.test("zonesOfText() takes any text without harm", () => {
  assert.deepEqual(zonesOfText(""), []);
  assert.deepEqual(zonesOfText("Door:1,2,3"), []);
  assert.deepEqual(zonesOfText(`${zonesToText([DOOR])}${" ".repeat(4_000)}`), []);
  assert.equal(zonesOfText(`nonsense;${zonesToText([DOOR])}`).length, 1);
  fc.assert(fc.property(fc.string(), (text) => {
    assert.ok(zonesOfText(text).length <= MAX_ZONES);
  }));
  const pieces = fc.array(fc.constantFrom(":", ";", ",", "0", "500", "1000", "el", "*", "a"), {
    maxLength: 80,
  });
  fc.assert(fc.property(pieces, (parts) => {
    const zones = zonesOfText(parts.join(""));
    assert.deepEqual(readZones(zones), zones);
  }));
});

Deno.test("freeNames() and cleanName()", () => {
  assert.deepEqual(freeNames([]), { id: "z1", name: "Zone 1" });
  assert.deepEqual(freeNames([DOOR, { ...DOOR, id: "a", name: "Zone 2" }]), {
    id: "z3",
    name: "Zone 3",
  });
  assert.equal(cleanName("a:b;c\nd"), "a b c d");
  assert.equal(cleanName("x".repeat(99)).length, 40);
});

Deno.test("storedZones() remembers, and works where storage is shut or holds nonsense", () => {
  const storage = new FakeStorage();
  storedZones(() => storage).set([DOOR]);
  assert.deepEqual(storedZones(() => storage).zones(), [DOOR]);
  for (const key of storage.items.keys()) storage.setItem(key, "{");
  assert.deepEqual(storedZones(() => storage).zones(), []);
  const shut = storedZones(() => {
    throw new DOMException("denied", "SecurityError");
  });
  shut.set([DOOR]);
  assert.deepEqual(shut.zones(), [DOOR]);
});
