import assert from "node:assert/strict";
import { decodeChunk, decodeRecord, encodeRecord } from "@/protocol";
import { firstRecord, frameChunkOf, messageIn, recordOf } from "./records.ts";

Deno.test("recordOf() and firstRecord() agree with the protocol's own", () => {
  for (const content of ["é {}", new Uint8Array([1, 2, 3])]) {
    const record = recordOf(content, 513);
    assert.deepEqual(record, encodeRecord(513, content));
    assert.deepEqual(decodeRecord(record, 100), { topic: 513, data: content });
    const found = firstRecord(new Uint8Array([...record, 9]));
    assert.deepEqual(found, { record: { topic: 513, content }, length: record.length });
    assert.equal(firstRecord(record.subarray(0, -1)), null);
  }
  assert.deepEqual(messageIn(recordOf('{"type":"x"}')), { type: "x" });
  assert.equal(messageIn(recordOf('{"type":"x"}', 1)), null);
});

Deno.test("frameChunkOf() is a whole frame to the protocol's own", () => {
  const frame = { frameId: 70_000, widthPx: 640, heightPx: 480, jpeg: new Uint8Array([1, 2, 3]) };
  const { payload, frameId, widthPx, heightPx, chunkCount, captureTimeMs } = decodeChunk(
    frameChunkOf(frame),
  );
  assert.deepEqual({ frameId, widthPx, heightPx, jpeg: payload }, frame);
  assert.deepEqual([chunkCount, captureTimeMs], [1, null]);
});
