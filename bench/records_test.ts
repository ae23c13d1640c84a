import assert from "node:assert/strict";
import { decodeRecord, encodeRecord } from "@/protocol";
import { firstRecord, messageIn, recordOf } from "./records.ts";

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
