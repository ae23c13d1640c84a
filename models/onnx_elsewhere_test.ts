import assert from "node:assert/strict";
import { hasNumbersElsewhere } from "./onnx_elsewhere.ts";
import { readOnnx } from "./onnx_file.ts";
import { buildOnnx } from "./testing/onnx_builder.ts";

const GOOD = buildOnnx({
  input: [1, 3, 64, 96],
  output: [1, 10, 6],
  numbers: new Float32Array(60),
});

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  for (; value > 127n; value >>= 7n) bytes.push(Number(value & 127n) | 128);
  return [...bytes, Number(value)];
}

/** A field that holds bytes, or a number. */
function field(number: number, value: readonly number[] | bigint): number[] {
  const isNumber = typeof value === "bigint";
  const tag = varint(BigInt(number << 3 | (isNumber ? 0 : 2)));
  return isNumber
    ? [...tag, ...varint(value)]
    : [...tag, ...varint(BigInt(value.length)), ...value];
}

const text = (value: string) => [...new TextEncoder().encode(value)];
const LOCATION = field(13, [...field(1, text("location")), ...field(2, text("other.onnx"))]);
const TENSOR = [...field(8, text("w")), ...LOCATION, ...field(14, 1n)];

/** A good file with more behind it: messages of one field are one message to whoever reads it. */
const withMore = (more: readonly number[]) => Uint8Array.from([...GOOD, ...more]);

Deno.test("hasNumbersElsewhere() finds nothing in a file that is whole", () => {
  assert.equal(hasNumbersElsewhere(GOOD), false);
  assert.equal(
    hasNumbersElsewhere(withMore(field(7, field(5, [...field(8, text("w")), ...field(14, 0n)])))),
    false,
  );
});

Deno.test("hasNumbersElsewhere() finds another file's name wherever a tensor can stand", () => {
  const node = (attribute: number[]) => field(1, field(5, attribute));
  const places: Record<string, number[]> = {
    "a weight of a second part of the graph": field(7, field(5, TENSOR)),
    "a location without its mark": field(7, field(5, LOCATION)),
    "a mark without a location": field(7, field(5, field(14, 1n))),
    "a mark that is 1 in its last 32 bits": field(7, field(5, field(14, (1n << 32n) | 1n))),
    "a constant": field(7, node(field(5, TENSOR))),
    "one of several tensors of an attribute": field(7, node(field(10, TENSOR))),
    "a weight that is sparse": field(7, field(15, field(1, TENSOR))),
    "places of a weight that is sparse": field(7, field(15, field(2, TENSOR))),
    "a sparse attribute": field(7, node(field(22, field(1, TENSOR)))),
    "a graph within": field(7, node(field(6, field(5, TENSOR)))),
    "a graph within a graph within": field(7, node(field(11, node(field(6, field(5, TENSOR)))))),
    "a function": field(25, field(7, field(5, field(5, TENSOR)))),
    "an attribute's default in a function": field(25, field(11, field(5, TENSOR))),
    "training": field(20, field(2, field(5, TENSOR))),
  };
  for (const [place, more] of Object.entries(places)) {
    assert.ok(hasNumbersElsewhere(withMore(more)), place);
    assert.throws(() => readOnnx(withMore(more)), /weights are in another file/, place);
  }
});

Deno.test("hasNumbersElsewhere() looks no deeper than it can, and lets nothing pass below", () => {
  let graph = field(5, TENSOR);
  for (let depth = 0; depth < 100; depth++) graph = field(1, field(5, field(6, graph)));
  assert.throws(() => readOnnx(withMore(field(7, graph))), /nested too deep/);
});
