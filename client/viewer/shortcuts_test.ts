import assert from "node:assert/strict";
import { type KeyPress, shortcutOf, SHORTCUTS } from "./shortcuts.ts";

function press(key: string, more: Partial<KeyPress> = {}): KeyPress {
  const plain = { ctrlKey: false, altKey: false, metaKey: false };
  return { ...plain, repeat: false, isComposing: false, key, ...more };
}

Deno.test("shortcutOf() knows each key once, in either case", () => {
  for (const { key, shortcut } of SHORTCUTS) {
    assert.equal(shortcutOf(press(key), null), shortcut);
    assert.equal(shortcutOf(press(key.toUpperCase()), { tagName: "BODY" }), shortcut);
  }
  assert.equal(new Set(SHORTCUTS.map(({ key }) => key)).size, SHORTCUTS.length);
  assert.equal(shortcutOf(press("x"), null), null);
});

Deno.test("shortcutOf() leaves the browser's own keys, repeats and compositions alone", () => {
  for (const held of ["ctrlKey", "altKey", "metaKey", "repeat", "isComposing"] as const) {
    assert.equal(shortcutOf(press("r", { [held]: true }), null), null);
  }
});

Deno.test("shortcutOf() answers nothing while somebody types", () => {
  const typed = [
    { tagName: "INPUT", type: "search" },
    { tagName: "INPUT", type: "text" },
    { tagName: "TEXTAREA" },
    { tagName: "SELECT" },
    { tagName: "DIV", isContentEditable: true },
  ];
  for (const target of typed) assert.equal(shortcutOf(press("m"), target), null);
  const deaf = [{ tagName: "INPUT", type: "checkbox" }, { tagName: "BUTTON" }];
  for (const target of deaf) assert.equal(shortcutOf(press("m"), target), "mirror");
});
