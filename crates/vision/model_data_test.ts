import assert from "node:assert/strict";
import { HeadNumbers, inputData } from "./mod.ts";

Deno.test("inputData() rounds pixels for those who take bytes, and keeps the rest as it is", () => {
  const pixels = Float32Array.of(0, 0.4, 0.6, 127.5, 254.6, 255.4, -3, 300);
  const bytes = inputData("uint8", pixels.length);
  bytes.write(pixels);
  assert.deepEqual([...bytes.data as Uint8Array], [0, 0, 1, 128, 255, 255, 0, 255]);
  const floats = inputData("float32", pixels.length);
  floats.write(pixels);
  assert.deepEqual(floats.data, pixels);
});

Deno.test("HeadNumbers makes f32 of every type, of as many numbers as a run has", () => {
  const numbers = new HeadNumbers();
  const floats = Float32Array.of(1.5);
  const [same, ids] = numbers.read([
    { type: "float32", data: floats },
    { type: "int64", data: BigInt64Array.of(7n, -1n, 4096n) },
  ]);
  assert.equal(same, floats);
  assert.deepEqual([...ids!], [7, -1, 4096]);
  const [, fewer] = numbers.read([
    { type: "float32", data: floats },
    { type: "int64", data: BigInt64Array.of(3n) },
  ]);
  assert.deepEqual([...fewer!], [3]);
  assert.equal(fewer!.buffer, ids!.buffer, "the room is made once");
  const [none] = numbers.read([{ type: "int32", data: new Int32Array(0) }]);
  assert.equal(none!.length, 0);
});
