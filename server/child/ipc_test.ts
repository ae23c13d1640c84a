import assert from "node:assert/strict";
import fc from "fast-check";
import type { StreamKey, ToChild } from "../inference/ipc.ts";
import { decodeIpc, encodeIpc } from "./ipc.ts";

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]) {
  let at = 0;
  for (let piece = 0; at < bytes.length; piece++) {
    const size = sizes[piece % sizes.length]!;
    yield await Promise.resolve(bytes.subarray(at, at + size));
    at += size;
  }
}

Deno.test("decodeIpc() gives back every message, however the stream is cut", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.tuple(fc.string(), fc.uint8Array({ maxLength: 300 })), { maxLength: 8 }),
    fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
    async (messages, sizes) => {
      const sent = messages.map(([text, binary]) => {
        const json: ToChild = { kind: "message", stream: "s" as StreamKey, text };
        return { json, binary: new Uint8Array(binary) };
      });
      const bytes = sent.flatMap(({ json, binary }) => [...encodeIpc(json, binary)]);
      const received = [];
      for await (const message of decodeIpc(inPieces(Uint8Array.from(bytes), sizes))) {
        received.push(message);
      }
      assert.deepEqual(received, sent);
    },
  ));
});

Deno.test("decodeIpc() refuses impossible lengths", async () => {
  const read = async (bytes: number[]) => {
    for await (const _ of decodeIpc(inPieces(Uint8Array.from(bytes), [99])));
  };
  await assert.rejects(read([0, 0, 0, 0]), RangeError);
  await assert.rejects(read([255, 255, 255, 255]), RangeError);
  await assert.rejects(read([6, 0, 0, 0, 200, 0, 0, 0, 123, 125]), RangeError);
});
