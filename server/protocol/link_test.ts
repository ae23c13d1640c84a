import assert from "node:assert/strict";
import fc from "fast-check";
import { joinBytes } from "./bytes.ts";
import {
  decodeRecord,
  EMPTY_RECORD,
  encodeRecord,
  type LinkRecord,
  MAX_RECORD_BYTES,
  RecordReader,
} from "./link.ts";

const record = fc.record({
  topic: fc.nat(0xffff),
  data: fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 60 }),
    fc.uint8Array({ maxLength: 200 }).map((bytes) => Uint8Array.from(bytes)),
  ),
}, { noNullPrototype: true });

Deno.test("encodeRecord() has this layout", () => {
  assert.deepEqual([...encodeRecord(0x1234, "é")], [0x34, 0x12, 1, 0, 2, 0, 0, 0, 0xc3, 0xa9]);
  assert.deepEqual([...encodeRecord(1, Uint8Array.of(9))], [1, 0, 2, 0, 1, 0, 0, 0, 9]);
  assert.deepEqual([...EMPTY_RECORD], [0, 0, 0, 0, 0, 0, 0, 0]);
});

Deno.test("RecordReader gives back what was written, however it is cut", () => {
  fc.assert(fc.property(fc.array(record), fc.array(fc.nat(50)), (records, cuts) => {
    const bytes = joinBytes(records.flatMap(({ topic, data }) => [
      encodeRecord(topic, data),
      EMPTY_RECORD,
    ]));
    const got: LinkRecord[] = [];
    const reader = new RecordReader(MAX_RECORD_BYTES, (one) => got.push(one));
    let at = 0;
    for (const cut of cuts) {
      reader.push(bytes.subarray(at, at + cut));
      at += cut;
    }
    reader.push(bytes.subarray(at));
    assert.deepEqual(got, records);
    assert.equal(reader.isWithin, false);
  }));
});

Deno.test("decodeRecord() takes one whole record and nothing else", () => {
  fc.assert(fc.property(record, fc.nat(300), ({ topic, data }, cut) => {
    const bytes = encodeRecord(topic, data);
    assert.deepEqual(decodeRecord(bytes, MAX_RECORD_BYTES), { topic, data });
    assert.throws(() => decodeRecord(bytes.subarray(0, cut % bytes.length), 300), TypeError);
    assert.throws(() => decodeRecord(joinBytes([bytes, bytes]), MAX_RECORD_BYTES), TypeError);
  }));
  assert.equal(decodeRecord(EMPTY_RECORD, 0), null);
});

Deno.test("RecordReader refuses a record that is too long before it has come", () => {
  const head = encodeRecord(1, new Uint8Array(100)).subarray(0, 8);
  new RecordReader(100, () => {}).push(head);
  assert.throws(() => new RecordReader(99, () => {}).push(head), RangeError);
});

Deno.test("RecordReader throws for any bytes that are no records, and for nothing else", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    try {
      new RecordReader(1_000, () => {}).push(bytes);
    } catch (error) {
      assert.ok(error instanceof RangeError || error instanceof TypeError, String(error));
    }
  }));
  const noText = Uint8Array.of(0, 0, 1, 0, 1, 0, 0, 0, 0xff);
  assert.throws(() => decodeRecord(noText, 10), TypeError);
  for (const [at, value] of [[2, 3], [2, 255], [3, 1], [2, 0]] as const) {
    const bytes = encodeRecord(1, "a");
    bytes[at] = value;
    assert.throws(() => decodeRecord(bytes, 10), TypeError, `${at}: ${value}`);
  }
});
