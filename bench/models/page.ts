// This module is browser compatible.
import * as ort from "onnxruntime-web/wasm";
import { type HalfArray, halfArray, toHalf } from "../../crates/vision/mod.ts";

/** A model for the page, in one size. */
export interface PageModel {
  readonly key: string;
  readonly url: string;
  readonly inputName: string;
  readonly shape: readonly number[];
}

/** What a test page offers; called from outside. */
export interface ModelsPage {
  /** Loads a model and runs it until it is warm. */
  load(model: PageModel, threads: number): Promise<void>;
  /** Runs a model so often. @returns How long each run took, ms. */
  time(key: string, runs: number): Promise<number[]>;
}

const WARM_UP_RUNS = 5;

const sessions = new Map<string, () => Promise<unknown>>();

const page: ModelsPage = {
  async load({ key, url, inputName, shape }, threads) {
    ort.env.wasm.numThreads = threads;
    ort.env.wasm.wasmPaths = {
      mjs: "/ort/ort-wasm-simd-threaded.mjs",
      wasm: "/ort/ort-wasm-simd-threaded.wasm",
    };
    ort.env.logLevel = "error";
    const session = await ort.InferenceSession.create(url, {
      executionProviders: ["wasm"],
      graphOptimizationLevel: "all",
    });
    const input = session.inputMetadata[0];
    const isHalf = input?.isTensor === true && input.type === "float16";
    const feeds = { [inputName]: tensorOf(shape, isHalf) };
    const run = () => session.run(feeds);
    for (let at = 0; at < WARM_UP_RUNS; at++) await run();
    sessions.set(key, run);
  },
  async time(key, runs) {
    const run = sessions.get(key)!;
    const times: number[] = [];
    for (let at = 0; at < runs; at++) {
      const startMs = performance.now();
      await run();
      times.push(performance.now() - startMs);
    }
    return times;
  },
};

/** Not zeros: arithmetic on them may be faster than on pictures. */
function tensorOf(shape: readonly number[], isHalf: boolean): ort.Tensor {
  const length = shape.reduce((size, side) => size * side, 1);
  const numbers = Float32Array.from({ length }, (_, at) => (at * 7919 % 256) / 255);
  if (!isHalf) return new ort.Tensor("float32", numbers, [...shape]);
  const half: HalfArray = halfArray(length);
  toHalf(numbers, half);
  return new ort.Tensor("float16", half as unknown as Uint16Array, [...shape]);
}

Object.assign(globalThis, { modelsPage: page });
