import assert from "node:assert/strict";
import fc from "fast-check";
import { Log } from "./log.ts";

function logged(format: "json" | "text", write: (log: Log) => void): string[] {
  const lines: string[] = [];
  write(new Log({ level: "info", format, write: (line) => void lines.push(line), now: () => 0 }));
  return lines;
}

Deno.test("Log writes one JSON object a line", () => {
  const lines = logged("json", (log) => log.info("room created", { room: "a\nb" }));
  assert.deepEqual(lines.map((line) => JSON.parse(line)), [
    { time: "1970-01-01T00:00:00.000Z", level: "info", event: "room created", room: "a\nb" },
  ]);
  assert.equal(lines[0]!.split("\n").length, 2);
});

Deno.test("Log leaves out what is below its level", () => {
  assert.equal(logged("json", (log) => log.debug("refused")).length, 0);
  assert.equal(logged("json", (log) => log.error("failed")).length, 1);
});

Deno.test("Log does not grow with a flood, except at the level that shows everything", () => {
  let left = 0;
  const flood = (write: (log: Log) => void) =>
    logged("json", (log) => Array.from({ length: 500 }, () => write(log))).length;
  assert.ok(
    flood((log) => {
      log.error("request failed", { reason: "x" });
      left = log.leftOut;
    }) < 40,
  );
  assert.ok(left > 460, `${left}`);
  const lines: string[] = [];
  const log = new Log({ level: "debug", format: "json", write: (line) => void lines.push(line) });
  for (let count = 0; count < 500; count++) log.debug("refused");
  assert.equal(lines.length, 500);
});

Deno.test("Log keeps a line one line in text, whatever a field holds", () => {
  const [line] = logged("text", (log) => log.warn("odd", { host: "a\x1b[2J\nb", count: 2 }));
  assert.equal(line, '00:00:00 warn  odd host="a\\u001b[2J\\nb" count=2\n');
});

Deno.test("Log keeps what a line is to say from fields of the same name", () => {
  const [line] = logged(
    "json",
    (log) => log.warn("rtc", { level: "Error", time: 5, message: "x" }),
  );
  assert.deepEqual(JSON.parse(line!), {
    time: "1970-01-01T00:00:00.000Z",
    level: "warn",
    event: "rtc",
    "level_": "Error",
    "time_": 5,
    message: "x",
  });
});

Deno.test("Log writes lines that a terminal shows and does not obey, whatever is in a field", () => {
  const value = fc.string({ unit: "binary" });
  const format = fc.constantFrom("json", "text");
  fc.assert(fc.property(value, format, (text, form) => {
    const [line, ...more] = logged(form, (log) => log.info("x", { text }));
    assert.ok(more.length === 0 && line!.indexOf("\n") === line!.length - 1);
    assert.deepEqual([...line!.slice(0, -1)].filter(isActive), []);
    // Nothing is lost by it, unless it looks like a key or an address.
    const isPlain = !/[\w-]{22}|[.:].*[.:]/s.test(text);
    if (form === "json" && isPlain) assert.equal(JSON.parse(line!).text, text);
  }));
});

/** Controls (C0, DEL, C1), line ends of other kinds, marks that turn the direction around. */
function isActive(char: string): boolean {
  const code = char.codePointAt(0)!;
  const isIn = (from: number, to: number) => code >= from && code <= to;
  return isIn(0, 0x1f) || isIn(0x7f, 0x9f) || isIn(0x200b, 0x200f) || isIn(0x2028, 0x202e) ||
    isIn(0x2066, 0x2069) || code === 0x61c || code === 0xfeff;
}

Deno.test("Log cuts what is too long for a line", () => {
  const [line] = logged("json", (log) => log.error("x", { reason: "a ".repeat(1e6) }));
  assert.ok(line!.length < 5_000);
});
