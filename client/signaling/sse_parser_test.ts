import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_SSE_CHARS, type SseEvent, SseParser } from "./sse_parser.ts";

function parse(...chunks: string[]): SseEvent[] {
  const parser = new SseParser();
  return chunks.flatMap((chunk) => parser.push(chunk));
}

Deno.test("SseParser reads events, default and named, and drops comments", () => {
  assert.deepEqual(parse(": hello\n\nevent: session\ndata: abc\n\ndata:{}\n\n:beat\n\n"), [
    { event: "session", data: "abc" },
    { event: "message", data: "{}" },
  ]);
});

Deno.test("SseParser joins several data lines", () => {
  assert.deepEqual(parse("data: a\ndata: b\ndata\n\n"), [{ event: "message", data: "a\nb\n" }]);
});

Deno.test("SseParser takes LF, CR and CRLF, also when cut between CR and LF", () => {
  const want = [{ event: "message", data: "a" }, { event: "message", data: "b" }];
  assert.deepEqual(parse("data: a\r\n\r\ndata: b\r\n\r\n"), want);
  assert.deepEqual(parse("data: a\r", "\n\r", "\ndata: b\r\n", "\r\n"), want);
  assert.deepEqual(parse("data: a\r\rdata: b\r\r", ":"), want);
});

Deno.test("SseParser gives the same events wherever the stream is cut", () => {
  const line = fc.constantFrom("data: x", "data:y", "event: n", ": c", "", "id: 1", "data: ü€😀");
  const end = fc.constantFrom("\n", "\r\n");
  const stream = fc.array(fc.tuple(line, end), { maxLength: 20 })
    .map((lines) => lines.map(([line, end]) => line + end).join(""));
  fc.assert(fc.property(stream, fc.array(fc.nat(200), { maxLength: 8 }), (stream, cuts) => {
    const at = [0, ...cuts.map((cut) => Math.min(cut, stream.length)), stream.length]
      .sort((a, b) => a - b);
    const chunks = at.slice(1).map((to, index) => stream.slice(at[index], to));
    // A comment line at the end makes the parser decide on a last CR.
    assert.deepEqual(parse(...chunks, ":\n"), parse(stream, ":\n"));
  }));
});

Deno.test("SseParser refuses a line or an event without end", () => {
  assert.throws(() => parse("x".repeat(MAX_SSE_CHARS + 1)), RangeError);
  const parser = new SseParser();
  assert.throws(() => {
    for (;;) parser.push(`data: ${"x".repeat(1_000)}\n`);
  }, RangeError);
});
