import protobuf from "protobufjs/minimal.js";

/** One field of a message: a view of its bytes, or a number. */
export interface Field {
  readonly number: number;
  readonly value: Uint8Array | number | null;
}

const VARINT = 0;
const LENGTH_DELIMITED = 2;

/**
 * The fields of a protobuf message, one after the other. Nothing is copied.
 * @throws {Error} If the bytes are none.
 */
export function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    const number = tag >>> 3;
    const wireType = tag & 7;
    if (wireType === VARINT) {
      yield { number, value: Number(reader.int64()) };
    } else if (wireType === LENGTH_DELIMITED) {
      const length = reader.uint32();
      const end = reader.pos + length;
      if (end > reader.len) throw new RangeError("a field goes beyond the end");
      yield { number, value: bytes.subarray(reader.pos, end) };
      reader.pos = end;
    } else {
      reader.skipType(wireType);
      yield { number, value: null };
    }
  }
}
