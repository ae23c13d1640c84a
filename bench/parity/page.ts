// This module is browser compatible.
import * as ort from "onnxruntime-web/wasm";
import { initVision } from "../../crates/vision/mod.ts";
import { detectOnce, type ParityAnswer, type ParityTask } from "./detect_once.ts";

/** Runs one task in this browser; called by the test. */
async function runParity(task: ParityTask, rgba: string): Promise<ParityAnswer> {
  ort.env.wasm.wasmPaths = {
    mjs: "/ort/ort-wasm-simd-threaded.mjs",
    wasm: "/ort/ort-wasm-simd-threaded.wasm",
  };
  await initVision("/vision_bg.wasm");
  const session = await ort.InferenceSession.create("/model.onnx", {
    executionProviders: ["wasm"],
  });
  const pixels = Uint8Array.from(atob(rgba), (char) => char.charCodeAt(0));
  return await detectOnce(task, pixels, async (tensor, dims) => {
    const outputs = await session.run({
      [session.inputNames[0]!]: new ort.Tensor("float32", tensor, dims),
    });
    const names = task.spec.head.outputs ?? session.outputNames.slice(0, 1);
    return names.map((name) => outputs[name]!);
  });
}

Object.assign(globalThis, { runParity });
