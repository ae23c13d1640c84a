import assert from "node:assert/strict";
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

Deno.test("Log keeps a line one line in text, whatever a field holds", () => {
  const [line] = logged("text", (log) => log.warn("odd", { host: "a\x1b[2J\nb", count: 2 }));
  assert.equal(line, '00:00:00 warn  odd host="a\\u001b[2J\\nb" count=2\n');
});
