import assert from "node:assert/strict";
import { AnswerStream } from "./answer_stream.ts";

const HALF = new Uint8Array(500);

/** A stream of 1000 bytes, and what its owner is told. */
function open(lastWordsMs = 60_000) {
  const told: string[] = [];
  const freed = Promise.withResolvers<void>();
  const stream = new AnswerStream({
    maxBytes: 1000,
    heartbeat: { chunk: new Uint8Array(1), everyMs: 60_000 },
    onGone: () => void told.push("gone"),
    onFree: () => {
      told.push("free");
      freed.resolve();
    },
    lastWordsMs,
  });
  return { stream, told, freed: freed.promise };
}

Deno.test("AnswerStream gives a reader all that was written, and then its end", async () => {
  const { stream, told, freed } = open();
  stream.write(HALF);
  stream.write(HALF.subarray(1));
  stream.end();
  // Counted for as long as it waits.
  assert.deepEqual(told, []);
  stream.write(HALF);
  assert.equal((await new Response(stream.readable).bytes()).length, 999);
  await freed;
  assert.deepEqual(told, ["free"]);
});

Deno.test("AnswerStream ends at once when nothing waits", async () => {
  const { stream, told } = open();
  const reader = stream.readable.getReader();
  const first = reader.read();
  stream.write(HALF);
  stream.end();
  assert.deepEqual(told, ["free"]);
  assert.equal((await first).value, HALF);
  assert.ok((await reader.read()).done);
});

Deno.test("AnswerStream drops what nobody reads when it is forced to end", async () => {
  const { stream, told } = open();
  for (let n = 1; n <= 3; n++) {
    stream.write(HALF);
    assert.equal(stream.queuedBytes, n * 500);
  }
  stream.end({ isForced: true });
  assert.deepEqual([told, stream.queuedBytes], [["free"], 0]);
  await assert.rejects(stream.readable.getReader().read(), /not read/);
});

Deno.test("AnswerStream drops last words that nobody reads in time", async () => {
  const { stream, told, freed } = open(1);
  stream.write(HALF);
  stream.end();
  await freed;
  await assert.rejects(stream.readable.getReader().read(), /not read/);
  assert.deepEqual(told, ["free"]);
});

Deno.test("AnswerStream tells once that its reader went away, also while it ends", async () => {
  const left = open();
  await left.stream.readable.cancel();
  left.stream.end();
  assert.deepEqual(left.told, ["free", "gone"]);
  const ending = open();
  ending.stream.write(HALF);
  ending.stream.end();
  await ending.stream.readable.cancel();
  assert.deepEqual(ending.told, ["free"]);
});
