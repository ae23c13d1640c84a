import assert from "node:assert/strict";
import { ModelFault, probeModel } from "./check_process.ts";
import { buildOnnx, type OnnxSpec } from "./testing/onnx_builder.ts";

const INPUT = { name: "images", widthPx: 96, heightPx: 64, layout: "nchw" } as const;
const LIMITS = { maxBytes: 2 * 1024 ** 3, maxRunMs: 10_000, maxOutputNumbers: 1_000_000 };
const SPEC: OnnxSpec = {
  input: [1, 3, 64, 96],
  output: [1, 10, 6],
  numbers: new Float32Array(60),
};

async function withModel(spec: Partial<OnnxSpec>, use: (path: string) => Promise<void>) {
  const path = await Deno.makeTempFile({ suffix: ".onnx" });
  try {
    await Deno.writeFile(path, buildOnnx({ ...SPEC, ...spec }));
    await use(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("probeModel() runs what keeps within its bounds", () =>
  withModel({}, async (path) => {
    const [outputs] = await probeModel(path, INPUT);
    assert.deepEqual(outputs!.map(({ name, shape }) => [name, shape]), [["output", [1, 10, 6]]]);
  }));

Deno.test("probeModel() ends a small file whose run takes more memory than it may", () =>
  withModel({ bloat: 800_000_000 }, async (path) => {
    assert.ok((await Deno.stat(path)).size < 2_000);
    const isRefused = (error: unknown) =>
      error instanceof ModelFault && /needs more than the 600 MiB of memory/.test(error.message);
    await assert.rejects(
      probeModel(path, INPUT, { limits: { ...LIMITS, maxBytes: 600 * 1024 ** 2 } }),
      isRefused,
    );
  }));

Deno.test("probeModel() refuses outputs that nobody could read", () =>
  withModel({ bloat: 5_000, showsBloat: true }, async (path) => {
    await assert.rejects(
      probeModel(path, INPUT, { limits: { ...LIMITS, maxOutputNumbers: 5_000 } }),
      (error: unknown) =>
        error instanceof ModelFault &&
        /its outputs have 5060 numbers, more than 5000/.test(error.message),
    );
  }));
