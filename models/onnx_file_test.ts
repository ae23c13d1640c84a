import assert from "node:assert/strict";
import * as fc from "fast-check";
import { OnnxError, readOnnx } from "./onnx_file.ts";
import { buildOnnx } from "./testing/onnx_builder.ts";

const numbers = new Float32Array(60);
const spec = { input: [1, 3, 64, 96], output: [1, 10, 6], numbers } as const;

Deno.test("readOnnx() tells names, types and shapes of what goes in and comes out", () => {
  const facts = readOnnx(buildOnnx({ ...spec, metadata: { names: "['a']", task: "detect" } }));
  assert.deepEqual(facts, {
    producer: "test",
    irVersion: 7,
    opsets: new Map([["", 13]]),
    inputs: [{ name: "images", type: "float32", shape: [1, 3, 64, 96] }],
    outputs: [{ name: "output", type: "float32", shape: [1, 10, 6] }],
    metadata: new Map([["names", "['a']"], ["task", "detect"]]),
    activations: new Map([["output", null]]),
  });
});

Deno.test("readOnnx() knows half precision, open sizes and several outputs", () => {
  const { inputs, outputs } = readOnnx(buildOnnx({
    ...spec,
    input: ["batch", 3, "height", ""],
    declared: ["batch", "boxes", 6],
    precision: "float16",
    others: { extra: { shape: [1, 32, 16, 24] } },
  }));
  assert.deepEqual(inputs, [{
    name: "images",
    type: "float16",
    shape: ["batch", 3, "height", ""],
  }]);
  assert.deepEqual(outputs, [
    { name: "output", type: "float16", shape: ["batch", "boxes", 6] },
    { name: "extra", type: "float16", shape: [1, 32, 16, 24] },
  ]);
});

Deno.test("readOnnx() sees what makes probabilities of an output's numbers", () => {
  const { activations } = readOnnx(buildOnnx({
    ...spec,
    others: {
      sure: { shape: [1, 10], activation: "Sigmoid" },
      chosen: { shape: [1, 10], activation: "Softmax" },
      raw: { shape: [1, 10] },
    },
  }));
  assert.deepEqual(
    [...activations],
    [["output", null], ["sure", "sigmoid"], ["chosen", "softmax"], ["raw", null]],
  );
});

Deno.test("readOnnx() leaves out weights that an old file lists among its inputs", () => {
  const { inputs } = readOnnx(buildOnnx({ ...spec, listsWeights: true }));
  assert.deepEqual(inputs.map(({ name }) => name), ["images"]);
});

Deno.test("readOnnx() refuses a file whose weights are elsewhere", () => {
  const bytes = buildOnnx({ ...spec, isExternal: true });
  assert.throws(() => readOnnx(bytes), /weights are in another file/);
});

Deno.test("readOnnx() copies no weights", () => {
  // Half a GB of weights, if they were copied once a field.
  const bytes = buildOnnx({ ...spec, output: [1, 1e6, 6], numbers: new Float32Array(6e6) });
  const before = Deno.memoryUsage();
  for (let round = 0; round < 20; round++) readOnnx(bytes);
  const after = Deno.memoryUsage();
  assert.ok(after.external - before.external < bytes.length);
  assert.ok(after.heapTotal - before.heapTotal < bytes.length);
});

Deno.test("readOnnx() says in a sentence that something is no ONNX file", () => {
  const text = (string: string) => new TextEncoder().encode(string);
  for (const bytes of [new Uint8Array(0), text("version https://git-lfs.github.com/spec/v1\n")]) {
    assert.throws(() => readOnnx(bytes), /^OnnxError: it is no ONNX file/);
  }
});

Deno.test("readOnnx() reads or refuses whatever it is given", () => {
  const good = buildOnnx(spec);
  const check = (bytes: Uint8Array) => {
    try {
      readOnnx(bytes);
    } catch (error) {
      assert.ok(error instanceof OnnxError, String(error));
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), check), { numRuns: 2000 });
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 8 }), fc.nat(good.length), (changes, length) => {
      const bytes = good.slice(0, length);
      for (const [at, byte] of changes) if (at < bytes.length) bytes[at] = byte;
      check(bytes);
    }),
    { numRuns: 2000 },
  );
  // A group within a group within a group …
  check(new Uint8Array(1 << 20).fill((1 << 3) | 3));
});
