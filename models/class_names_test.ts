import assert from "node:assert/strict";
import * as fc from "fast-check";
import * as v from "valibot";
import { labelsSchema, MAX_CLASS_NAME_CHARS } from "@/protocol";
import { usableNames } from "./class_names.ts";

Deno.test("usableNames() changes the bad names, says so once, and leaves the others", () => {
  const long = "a".repeat(65);
  const { names, note } = usableNames(["car", "", "traffic\nlight", long, " dog ", "\u0000"]);
  const short = `${"a".repeat(63)}…`;
  assert.deepEqual(names, ["car", "class 1", "traffic light", short, "dog", "class 5"]);
  assert.equal(
    note,
    `Class names that cannot be shown as they are: 1 is shown as "class 1", ` +
      `2 is shown as "traffic light", 3 is shown as "${short}", and 1 more.`,
  );
  assert.deepEqual(usableNames(["person", "hot dog"]), {
    names: ["person", "hot dog"],
    note: null,
  });
});

Deno.test("usableNames() makes a label of anything, and keeps what is one", () => {
  const name = fc.oneof(
    fc.string({ unit: "binary", maxLength: 130 }),
    fc.string({ unit: fc.constantFrom("\ud83d", "\ude00", "😀", "\n", " ", "x"), maxLength: 130 }),
  );
  fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 20 }), (raw) => {
    const { names } = usableNames(raw);
    assert.equal(names.length, raw.length);
    assert.ok(v.is(labelsSchema, names), JSON.stringify(names));
    for (const each of names) assert.ok(each.isWellFormed() && each.length <= MAX_CLASS_NAME_CHARS);
    assert.deepEqual(usableNames(names), { names, note: null });
  }));
});
