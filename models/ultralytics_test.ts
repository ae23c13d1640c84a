import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseNames, readExport } from "./ultralytics.ts";

function facts(entries: Record<string, string>) {
  return readExport({ metadata: new Map(Object.entries(entries)) });
}

Deno.test("readExport() reads what an exporter writes", () => {
  assert.deepEqual(
    facts({
      task: "detect",
      stride: "32",
      imgsz: "[480, 640]",
      names: `{0: 'person', 1: "traffic 'light'", 2: 'a\\'b'}`,
      license: "AGPL-3.0 License (https://ultralytics.com/license)",
    }),
    {
      task: "detect",
      names: ["person", "traffic 'light'", "a'b"],
      namesNote: null,
      sizePx: { widthPx: 640, heightPx: 480 },
      licence: "AGPL-3.0",
    },
  );
  assert.deepEqual(facts({ imgsz: "640", names: "['cat', 'dog']" }).sizePx, {
    widthPx: 640,
    heightPx: 640,
  });
});

Deno.test("readExport() makes nothing up", () => {
  const nothing = { task: null, names: null, namesNote: null, sizePx: null, licence: null };
  assert.deepEqual(facts({}), nothing);
  assert.deepEqual(
    facts({ task: "rm -rf /", names: "{0: 'a', 2: 'b'}", imgsz: "[]", license: "mine" }),
    nothing,
  );
});

Deno.test("readExport() keeps the good names beside a bad one", () => {
  const { names, namesNote } = facts({ names: "{0: 'car', 1: '', 2: 'a\\nb'}" });
  assert.deepEqual(names, ["car", "class 1", "a b"]);
  assert.match(namesNote!, /1 is shown as "class 1", 2 is shown as "a b"\.$/);
});

Deno.test("readExport() holds 4096 names, and no more", () => {
  const names = (count: number) => `[${Array.from({ length: count }, () => "'x'").join(",")}]`;
  assert.equal(facts({ names: names(4096) }).names?.length, 4096);
  assert.equal(facts({ names: names(4097) }).names, null);
});

/** As Python's `repr` writes a text. */
function repr(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll("\\", "\\\\").replaceAll(quote, `\\${quote}`)
    .replaceAll("\n", "\\n").replaceAll("\t", "\\t").replaceAll("\r", "\\r");
  return quote + escaped + quote;
}

Deno.test("parseNames() gives back the names that Python wrote", () => {
  const names = fc.array(fc.string({ minLength: 1, maxLength: 20 }), {
    minLength: 1,
    maxLength: 30,
  });
  fc.assert(fc.property(names, (list) => {
    assert.deepEqual(parseNames(`[${list.map(repr).join(", ")}]`), list);
    const map = list.map((name, index) => `${index}: ${repr(name)}`).join(", ");
    assert.deepEqual(parseNames(`{${map}}`), list);
  }));
});

Deno.test("parseNames() takes any text without harm", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    parseNames(text);
    parseNames(`{${text}}`);
    parseNames(`[${text}]`);
  }));
  for (const text of ["{}", "[]", "{0: 'a', 0: 'b'}", "{1: 'a'}", "{0: a}", "['a' 'b']", "null"]) {
    assert.equal(parseNames(text), null, text);
  }
});
