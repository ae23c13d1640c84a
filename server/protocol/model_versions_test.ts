import assert from "node:assert/strict";
import { buildOnnx, type OnnxSpec } from "../../models/testing/onnx_builder.ts";
import { readOnnx } from "../../models/onnx_file.ts";
import { probeOutputs } from "../inference/session.ts";
import { RUNTIME_READS, versionFault, versionFaultIn } from "./mod.ts";
import { tempFolder } from "../testing/temp_folder.ts";

const SPEC: OnnxSpec = { input: [1, 3, 64, 96], output: [1, 10, 6], numbers: new Float32Array(60) };

/** What is said of a file before the runtime sees it, and then by the runtime. */
async function faultsOf(over: Partial<OnnxSpec>): Promise<[string | null, string | null]> {
  const bytes = buildOnnx({ ...SPEC, ...over });
  const before = versionFault(readOnnx(bytes), "best.onnx");
  await using folder = await tempFolder();
  const path = `${folder.path}/best.onnx`;
  await Deno.writeFile(path, bytes);
  const input = { name: "images", layout: "nchw", widthPx: 96, heightPx: 64 } as const;
  const said = await probeOutputs({ path, input }, [], 1).then(
    () => null,
    (error) => error.message,
  );
  return [before, said];
}

Deno.test("versionFault() refuses what the runtime refuses, in the same words, and nothing else", async () => {
  const { irVersion, opsets } = RUNTIME_READS;
  const ml = opsets["ai.onnx.ml"];
  // The test's operators are those of opset 13; the runtime looks at the number before it.
  assert.deepEqual(await faultsOf({ irVersion }), [null, null]);
  assert.deepEqual(await faultsOf({ opsets: { "": 13, "ai.onnx.ml": ml } }), [null, null]);
  const newer: Partial<OnnxSpec>[] = [
    { irVersion: irVersion + 1 },
    { opsets: { "": opsets[""] + 1 } },
    { opsets: { "": 13, "ai.onnx.ml": ml + 1 } },
  ];
  for (const over of newer) {
    const [before, said] = await faultsOf(over);
    assert.notEqual(before, null);
    assert.equal(said, before);
  }
});

Deno.test("versionFault() names what the file has, what is read, and the call that cures it", () => {
  const ir = versionFault({ irVersion: 14, opsets: new Map() }, "best.onnx");
  assert.equal(
    ir,
    "it has IR version 14, and this runtime reads up to 13; save it as one of those: " +
      `python -c "import onnx; m = onnx.load('best.onnx'); m.ir_version = 13; ` +
      `onnx.save(m, 'best-ir13.onnx')"`,
  );
  const opset = versionFault({ irVersion: 9, opsets: new Map([["", 27]]) }, "best.onnx")!;
  assert.match(opset, /opset 27, and this runtime reads up to 26; convert it: python -c "/);
  assert.match(opset, /convert_version\(onnx\.load\('best\.onnx'\), 26\), 'best-opset26\.onnx'\)/);
  assert.match(opset, /torch\.onnx\.export\(…, opset_version=26\)$/);
  const odd = versionFault({ irVersion: 14, opsets: new Map() }, "a'; import os #.onnx")!;
  assert.match(odd, /onnx\.load\('model\.onnx'\)/);
  assert.equal(versionFaultIn("No such file", "best.onnx"), null);
});
