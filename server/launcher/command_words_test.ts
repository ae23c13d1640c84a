import assert from "node:assert/strict";
import { CommandWords, type Progress } from "./command_words.ts";

async function read(lines: readonly string[], pieceBytes = 7) {
  const seen: Progress[] = [];
  const words = new CommandWords((progress) => void seen.push(progress));
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  await words.read(ReadableStream.from(cut(bytes, pieceBytes)));
  return { words, seen };
}

function* cut(bytes: Uint8Array<ArrayBuffer>, length: number) {
  for (let at = 0; at < bytes.length; at += length) yield bytes.slice(at, at + length);
}

Deno.test("CommandWords keeps what is said, without the bar, and tells of progress now and then", async () => {
  const progress = (receivedBytes: number) =>
    JSON.stringify({ kind: "progress", receivedBytes, totalBytes: 9 });
  const { words, seen } = await read([
    '{"kind":"said","text":"Weights under MIT – ok\\n"}',
    ...[1, 2, 3, 4, 9].map(progress),
    '{"kind":"noted","text":"m.onnx  [####....]  40 %  1.0 of 2.0 MB\\n"}',
    "not JSON",
    '{"kind":"other"}',
    '{"kind":"model","id":"m"}',
    '{"kind":"noted","text":"looking at the file …\\n"}',
  ]);
  assert.equal(words.text, "Weights under MIT – ok\nlooking at the file …");
  assert.equal(words.modelId, "m");
  assert.deepEqual([seen[0]!.receivedBytes, seen.at(-1)!.receivedBytes], [1, 9]);
  assert.ok(seen.length < 5);
});

Deno.test("CommandWords keeps the end of a command that says too much", async () => {
  const lines = Array.from(
    { length: 500 },
    (_, at) => JSON.stringify({ kind: "said", text: `line ${at}\n` }),
  );
  const { words } = await read([...lines, JSON.stringify({ kind: "said", text: "the end" })], 999);
  assert.ok(words.text.length <= 4_000);
  assert.ok(words.text.endsWith("line 499\nthe end"));
});
